import type { Protocol } from '../protocol.ts';
import { failure, given } from './failure.ts';
import { kindOf } from './kinds.ts';
import { day } from './phrases.ts';
import { isPortAtOnce, portAtOnce, setAfterGreeting, setAtOnce, usualPorts } from './ports.ts';
import { type Misbehaviour, misbehaviours } from './steps.ts';

/** Failures before TLS is established: the wrong port, no TLS, TLS that is not safe. */
export const encryption = {
  'port-wants-starttls': failure<{ metAt?: string }>({
    title: 'This port starts without encryption',
    sentence: ({ place, metAt }) =>
      metAt === undefined
        ? `${place} starts without encryption and switches to it (STARTTLS), but the account expects TLS at once.`
        : `${place} has so far begun with a greeting and then switched to encryption (STARTTLS; last on ${day(metAt)}), but the account expects TLS at once. The setting does not fit the port; nothing was sent.`,
    advice: ({ metAt, ...at }) =>
      `${setAfterGreeting}${isPortAtOnce(at) ? '' : `, or use ${portAtOnce(at)}`}.${metAt === undefined ? ' In a hotel or train, sign in to the network with a web browser first.' : ''}`,
  }),
  'port-wants-implicit-tls': failure<{ metAt?: string }>({
    title: 'This port expects encryption at once',
    sentence: ({ place, metAt }) =>
      metAt === undefined
        ? `${place} speaks TLS from the first byte, but the account expects a greeting first (STARTTLS).`
        : `${place} has so far spoken TLS from the first byte (last on ${day(metAt)}), but the account expects a greeting first (STARTTLS). The setting does not fit the port; nothing was sent.`,
    advice: () => `${setAtOnce}.`,
  }),
  'plaintext-only': failure({
    title: 'The server offers no encryption here',
    sentence: ({ server, port, kind }) =>
      `${server} offers no encryption on ${port}. Postern never sends ${kind.mail ? 'mail or passwords' : 'anything'} unencrypted, so nothing was sent.`,
    advice: (at) =>
      `It has no STARTTLS there. ${isPortAtOnce(at) ? 'Ask the provider for one with encryption.' : `Use ${portAtOnce(at)}. If the provider has none, ask for one.`}`,
  }),
  'starttls-refused': failure<{ reply?: number }>({
    title: 'The server turned encryption down',
    sentence: ({ server, reply }) =>
      `${server} offers encryption but did not start it when asked${given(reply, (code) => ` (code ${code})`)}.`,
    advice: (at) =>
      `Nothing was sent. Try again later. If it stays like this, ask the provider${isPortAtOnce(at) ? '' : `, or use ${portAtOnce(at)}`}.`,
  }),
  'encryption-vanished': failure<{ since?: string }>({
    title: 'The server’s encryption has vanished',
    sentence: ({ server, since }) =>
      `${server} offered encryption before${given(since, (iso) => ` (last on ${day(iso)})`)} and suddenly does not. Someone on the network may be stripping it. Nothing was sent.`,
    advice: ({ kind }) =>
      `Do not use this network for ${kind.mail ? 'mail' : 'it'}. Try another one; if it is the same everywhere, ask ${kind.mail ? 'your provider' : kind.keeper} before anything else.`,
  }),
  'plaintext-injected': failure({
    title: 'Somebody slipped something into the connection',
    sentence: ({ server }) =>
      `Something was slipped into the connection to ${server} before it was encrypted. Someone may be attacking. Nothing was sent.`,
    advice: ({ kind }) =>
      kind.mail
        ? 'Do not use this network for mail. If it happens on every network, tell your provider.'
        : `Do not use this network for it. If it happens on every network, tell ${kind.keeper}.`,
  }),
  'signed-in-before-encryption': failure({
    title: 'The server claimed that you are signed in already',
    sentence: ({ server }) =>
      `${server} claims that you are signed in before the connection is encrypted. An honest server does not. Nothing was sent.`,
    advice: () => 'Try another network, and tell your provider. Port 993 with TLS at once does not have this weakness.',
  }),
  'plaintext-referral': failure({
    title: 'The directory refers to a server without encryption',
    sentence: ({ server }) =>
      `${server} answered that another server has what was looked for, one that would be spoken to without encryption. Postern does not ask it, and keeps your program from asking.`,
    advice: () =>
      'Ask whoever runs the directory for a server that has all of it (a global catalog, for example), and put that one into the account.',
  }),
  'wrong-protocol': failure<{ spoken: Protocol }>({
    title: ({ spoken, kind }) =>
      kind.mail && kindOf(spoken).mail ? 'This port is for another kind of mail' : 'This port is for something else',
    sentence: ({ place, spoken, kind }) =>
      `${place} speaks ${spoken.toUpperCase()}, which is not ${kind.mail ? 'the kind of mail' : 'what'} that this path is set to.`,
    advice: (at) =>
      `Correct the port or ${at.kind.mail ? 'the kind of mail' : 'what the path is for'}. ${usualPorts(at)}`,
  }),
  'not-a-mail-server': failure<{ did?: Misbehaviour }>({
    title: ({ kind: { mail, service } }) =>
      mail ? 'The server answered with something that is not mail' : `The server does not answer as a ${service} does`,
    sentence: ({ place, did, kind }) =>
      `What answers at ${place} does not behave like the ${kind.service} that is expected there${given(did, (known) => `: it ${misbehaviours[known]}`)}.`,
    advice: ({ kind }) =>
      `Check the server’s name, the port and ${kind.mail ? 'the kind of mail' : 'what the path is for'} in the account.`,
  }),
  'tls-too-old': failure({
    title: 'The server’s encryption is out of date',
    sentence: ({ server }) => `${server} knows only versions of TLS that can be broken.`,
    advice: () =>
      'Ask the provider to update the server; look whether the provider names a newer server. Postern needs TLS 1.2. Nothing was sent.',
  }),
  'weak-cipher': failure({
    title: 'The server’s encryption is too weak',
    sentence: ({ server }) => `${server} and Postern share no encryption that is safe today.`,
    advice: () =>
      'Ask the provider to update the server, or look whether the provider names a newer one. Nothing was sent.',
  }),
  'no-secure-renegotiation': failure({
    title: 'The server’s encryption is out of date',
    sentence: ({ server }) =>
      `${server} lacks a repair of TLS from 2010 (secure renegotiation, RFC 5746), so others could slip data into the connection.`,
    advice: () =>
      'Ask the provider to update the server, or look whether the provider names a newer one. Nothing was sent.',
  }),
  'tls-failed': failure<{ alert?: string; oversized?: true }>({
    title: 'Encryption could not be agreed on',
    sentence: ({ server, alert, oversized }) =>
      `Encryption with ${server} could not be agreed on${oversized ? ': it sent far more than a TLS handshake takes' : given(alert, (name) => `: it broke off with the TLS alert ${name}`)}.`,
    advice: ({ alert }) =>
      alert === 'unrecognized_name'
        ? 'The server does not know itself by this name: check the server’s name in the account. Nothing was sent.'
        : 'Check the server’s name and port. If they are right, ask the provider; a security program on this computer can be the cause, too. Nothing was sent.',
  }),
  'client-certificate-wanted': failure({
    title: 'The server wants a certificate of yours',
    sentence: ({ server }) => `${server} wants a certificate of yours before it talks.`,
    advice: () =>
      'Ask whoever runs the server for a certificate and its key, and put both into the account (“Your own certificate”).',
  }),
};
