import type { CertificateProblem, Offer } from './certificate.ts';
import { worded } from './diagnosis.ts';
import type { DecidedAs, ForgottenWith, SessionEnding } from './events.ts';
import type { Happening } from './happening.ts';
import { begun, counted, day, listed } from './words/phrases.ts';
import { isThisReally, showsAnother, signInNeedWords } from './words/waiting.ts';

/** A question with nothing to choose is an alarm: the server was verified before. */
export function isAlarming({ offers }: { offers: readonly Offer[] }): boolean {
  return offers.every((offer) => offer === 'reject');
}

/** How a session ended. Completes "…; ". */
export const endings: Record<SessionEnding, string> = {
  clean: 'ended normally',
  truncated: 'the server ended the connection without saying so; the last message may be incomplete',
  'client-reset': 'the program broke off',
  stopped: 'Postern was stopped, or the path was changed',
  'decision-forgotten': 'the decision about the certificate was forgotten',
  'decision-retired':
    'the server has since proved itself with a certificate from a known authority, so your exception no longer applies',
  'certificate-revoked': 'the certificate of the server has been revoked',
  refused: 'refused',
  'authority-removed': 'the authority that vouched for the server was taken out of the settings',
  paused: 'Postern is paused',
  fault: 'something went wrong inside Postern itself; its log says more',
};

/** What a mail program is told when its session is ended from outside, before any mail flows. */
export const farewells = {
  stopped: 'Postern is closing. Try again when it is running.',
  'decision-forgotten': 'The decision to trust this server was withdrawn. Open Postern to decide again.',
  'decision-retired':
    'The server has since proved itself with a certificate from a known authority, so the earlier exception ended. Try again.',
  'certificate-revoked': 'The certificate of the server has been revoked. Ask the provider to replace it.',
  paused: 'Postern is paused. Resume it in its window or with "postern resume".',
  fault: 'something went wrong inside Postern itself. Its log says more. Try again.',
  'authority-removed':
    'The authority that vouches for this server is not trusted any more. Open Postern to see what it shows now.',
} as const satisfies Record<string, string>;

const problemNames: Record<CertificateProblem, string> = {
  expired: 'expired',
  'not-yet-valid': 'not yet valid',
  'name-mismatch': 'for another server',
  'self-signed': 'made by the server itself',
  'unknown-issuer': 'from an unknown authority',
  'wrong-usage': 'not meant for servers',
  'weak-key': 'a weak key',
  'weak-signature': 'a signature that can be forged',
  revoked: 'revoked',
  changed: 'another one than before',
};

const decisions: Record<DecidedAs, (host: string) => string> = {
  reject: (host) => `You rejected the certificate of ${host}`,
  once: (host) => `You trusted ${host} until Postern stops`,
  always: (host) => `You trusted ${host}`,
  forgotten: (host) => `The decision about ${host} was forgotten`,
  retired: (host) => `${host} proves itself now; your exception is no longer needed`,
  replaced: (host) => `The certificate of ${host} that you trusted before is no longer trusted`,
  superseded: (host) => `A question about ${host} is closed: its certificate has changed, or verifies now`,
};

/** Why Postern forgot something by itself. */
const goneWith: Record<ForgottenWith, string> = {
  practice: 'The practice has ended, and the next one has another certificate',
  account: 'The account that it was made for is gone',
};

/** A headline without a full stop, and what else there is to say: nothing, or text without a full stop at its end. */
export interface HappeningWords {
  title: string;
  text: string;
}

type WordsOf = {
  [K in Happening['kind']]: (row: Extract<Happening, { kind: K }>, bytes: (count: number) => string) => HappeningWords;
};

/** What happened, in words: for the terminal, Activity and notifications alike. */
const happenings: WordsOf = {
  'relay-listening': ({ address, port }) => ({
    title: 'Ready for your program',
    text: `at ${address} port ${port}`,
  }),
  'relay-failed': (row) => {
    const { title, sentence } = worded(row);
    return { title, text: sentence };
  },
  'session-verified': ({ tlsVersion, trust }) => ({
    title: 'Connected securely',
    text: `${tlsName(tlsVersion)}, certificate ${trust === 'verified' ? 'verified' : 'trusted by you'}`,
  }),
  'session-closed': ({ bytesUp, bytesDown, ending }, bytes) => ({
    title: 'Connection ended',
    text: `${bytes(bytesDown)} received, ${bytes(bytesUp)} sent; ${endings[ending]}`,
  }),
  refused: (row) => {
    const { title, sentence } = worded(row);
    return { title, text: sentence };
  },
  'sign-in-needed': ({ reason }) => ({ title: 'Postern cannot sign in', text: begun(signInNeedWords[reason]) }),
  'signed-in': () => ({ title: 'Postern can sign in', text: '' }),
  'certificate-pending': ({ host, problems, offers }) => {
    const isChanged = problems.includes('changed');
    const named = problems.filter((problem) => problem !== 'changed');
    const found = `could not be verified: ${listed(named.map((problem) => problemNames[problem]))}`;
    if (isAlarming({ offers })) {
      return {
        title: `ALARM: the connection to ${host} may be intercepted`,
        text: `The server proved who it is before, and now its certificate ${found}. Nothing was sent`,
      };
    }
    return isChanged
      ? {
          title: showsAnother(host),
          text: `It is not the one that you trusted, and ${found}. Nothing was sent`,
        }
      : { title: isThisReally(host), text: `Its certificate ${found}` };
  },
  'alarm-ended': ({ host, what }) => ({
    title: `The alarm about ${host} is over`,
    text: what === 'certificate' ? 'The server has proved who it is again' : 'The server offers encryption again',
  }),
  'certificate-decided': ({ host, decision, with: gone, of }) => ({
    title: of === 'question' ? `The question about ${host} is closed; nothing was decided` : decisions[decision](host),
    text: gone === undefined ? '' : goneWith[gone],
  }),
  'certificate-expiring': ({ host, notAfter, daysLeft }) => ({
    title: `The certificate of ${host} ends in ${counted(daysLeft, { one: 'day', other: 'days' })}`,
    text: `After ${day(notAfter)} everything is held back until the provider has renewed it. Most do so by themselves; if the server is yours, renew it now`,
  }),
};

/**
 * @param bytes formats an amount of bytes
 */
export function describeHappening(row: Happening, bytes: (count: number) => string): HappeningWords {
  const words = happenings[row.kind] as (row: Happening, bytes: (count: number) => string) => HappeningWords;
  return words(row, bytes);
}

/** `TLS 1.3`, from the library's `TLSv1.3`. */
export function tlsName(version: string): string {
  // The library's name for 1.0 is the one without a number behind it.
  if (version === 'TLSv1') return 'TLS 1.0';
  return version.startsWith('TLSv') ? `TLS ${version.slice(4)}` : version;
}
