import { recogniseRefusal } from '../diagnosis/greeting.ts';
import { type OwnSignInRefused, signInRefusal } from '../gate/sign-in-refusal.ts';
import { Refused } from '../net/refused.ts';
import { type Credential, fittingWays } from '../sasl/choice.ts';
import { authenticate, type Challenge, type SaslProfile } from '../sasl/exchange.ts';
import { unaskedFor, upstreamLeft } from './clock.ts';
import type { Answer } from './grammar.ts';
import type { OwnClient } from './own-client.ts';

/** The server's acceptance. */
export type Accepted = Extract<Answer, { kind: 'accepted' }>;
export type SignedIn = { accepted: Accepted } | OwnSignInRefused;

/** The end of an exchange. */
type Ended = Exclude<Answer, { kind: 'challenge' }>;

/**
 * Signs in to a server with stored credentials, by the best mechanism that the server offers; for a mail program's
 * session as for the trial of a consent.
 *
 * @param place OAUTHBEARER names it (RFC 7628 §3.1)
 * @throws Refused where the server did not answer the sign-in: it broke its protocol, or left
 */
export async function signInUpstream(
  client: OwnClient,
  credential: Credential,
  place: { server: string; port: number },
): Promise<SignedIn> {
  const way = credential.kind;
  const ways = fittingWays(credential, await client.offer(), place);
  let last: OwnSignInRefused | null = null;
  for (const each of ways) {
    const ended = each === 'command' ? await byCommand(client, credential) : await authenticate(each, inBase64(client));
    if (ended.kind === 'no-proof') {
      throw new Refused('upstream-protocol', { code: 'false-proof' }, { server: place.server });
    }
    if (ended.kind === 'endless') throw unaskedFor(place.server);
    const answer = settled(ended, place.server);
    if (answer.kind === 'accepted') return { accepted: answer };
    last = signInRefusal(place.server, answer.reply, way, each === 'command' ? null : each.error);
    // Servers offer SCRAM even for users whose password they store in another form. Everything else counts as a try.
    if (each === 'command' || each.name !== 'SCRAM-SHA-256' || !last.ofCredential || answer.kind === 'closed')
      return last;
  }
  if (last) return last;
  const refused = new Refused('upstream-sign-in-failed', { code: 'no-common-mechanism', facts: { way } }, place);
  return { refused, ofCredential: false };
}

async function byCommand(client: OwnClient, credential: Credential): Promise<Ended | { kind: 'endless' }> {
  const password = credential.kind === 'password' ? credential.password : '';
  const answer = await client.byCommand(credential.user, password);
  return answer.kind === 'challenge' ? { kind: 'endless' } : answer;
}

/** How protocols of lines carry an exchange: its data in Base64, a challenge after the first word of its line. */
function inBase64(client: OwnClient): SaslProfile<Ended> {
  const text = (data: Buffer | null) => data?.toString('base64') ?? null;
  const turn = (answer: Answer): Challenge | Ended => {
    if (answer.kind !== 'challenge') return answer;
    const [, data = ''] = /^\S+ ?(.*)/s.exec(answer.bytes.toString('latin1')) ?? [];
    return { kind: 'challenge', data: Buffer.from(data.trim(), 'base64') };
  };
  return {
    takesInitial: (response) => response.toString('base64').length <= client.maxInitial(),
    begin: async (mechanism, initial) => turn(await client.begin(mechanism, text(initial))),
    respond: async (response) => turn(await client.goOn(text(response))),
  };
}

/** A server that disconnects, or says goodbye instead of answering, has not answered the sign-in. @throws Refused */
function settled(answer: Ended, server: string): Accepted | { kind: 'refused' | 'closed'; reply: string } {
  if (answer.kind === 'accepted') return answer;
  if (answer.reply !== undefined) return { kind: answer.kind, reply: answer.reply };
  if (answer.kind === 'refused') throw unaskedFor(server);
  const code = recogniseRefusal(answer.goodBye ?? '', 'greeting');
  throw code ? new Refused('upstream-closed', { code }, { server }) : upstreamLeft(server);
}
