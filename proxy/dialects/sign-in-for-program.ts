import { recogniseRefusal } from '../diagnosis/greeting.ts';
import type { AccountGate } from '../gate/account-gate.ts';
import { type LocalProof, makeStamp } from '../gate/local-password.ts';
import { type OwnSignInRefused, signInRefusal } from '../gate/sign-in-refusal.ts';
import { Refused } from '../net/refused.ts';
import { type Credential, fittingWays } from '../sasl/choice.ts';
import type { SaslClient } from '../sasl/mechanism.ts';
import { unaskedFor, upstreamLeft } from './clock.ts';
import type { Conversation } from './conversation.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import type { Front, LocalMechanism, OwnSignIn } from './front.ts';
import type { Answer, Command } from './grammar.ts';
import type { SignInStrategy } from './pass-through.ts';

/** None of our mechanisms needs more turns; a server that asks for more is playing games. */
const maxTurns = 4;

/**
 * Answers the mail program itself, and signs in to the server by other means: the program has to know the local
 * password, and never learns the credentials used at the server.
 */
export function signInForProgram<C extends Command>(front: Front<C>, own: OwnSignIn): SignInStrategy<C> {
  const { gate } = own;
  let wrongTries = 0;

  return async (conversation, command) => {
    const { step } = conversation;
    const shown = await whatItShows(conversation, front, command);
    if (shown.kind === 'over') return shown.outcome;
    if (shown.kind === 'proof') {
      await gate.guesses.before(step.signal);
      if (!(await gate.admits(shown.proof))) {
        wrongTries += 1;
        return wrong(conversation, front, gate, command, wrongTries);
      }
    }
    const accepted = await signInUpstream(front, own, step);
    await conversation.passOn({ bytes: await front.enter(command, accepted) });
    return 'splice';
  };
}

async function wrong<C extends Command>(
  conversation: Conversation<C>,
  front: Front<C>,
  { guesses }: AccountGate,
  command: C,
  tries: number,
): Promise<SignInOutcome | null> {
  const { step } = conversation;
  step.note(new Refused('local-password-wrong', { code: 'local-password-wrong' }));
  const { again, guarded } = await guesses.wrong(tries, step.signal);
  if (guarded) step.note(new Refused('too-many-guesses', { code: 'too-many-guesses' }));
  await conversation.tell(front.wrongPassword(command));
  return again ? conversation.counted(true) : conversation.farewell('failures');
}

type Shown =
  | { kind: 'proof'; proof: LocalProof }
  | { kind: 'open' }
  /** There is nothing to judge. */
  | { kind: 'over'; outcome: SignInOutcome | null };

/** Has the mail program prove that it knows the password, challenge by challenge where its mechanism has any. */
async function whatItShows<C extends Command>(
  conversation: Conversation<C>,
  front: Front<C>,
  command: C,
): Promise<Shown> {
  const attempt = front.attempt(command);
  switch (attempt.kind) {
    case 'open':
    case 'proof':
      return attempt;
    case 'unknown-mechanism':
      return { kind: 'over', outcome: await conversation.decline(front.unknownMechanism(command)) };
    case 'malformed':
      return malformed(conversation, command);
    case 'sasl': {
      const proof = await bySasl(conversation, front, command, attempt);
      if (proof === null) return malformed(conversation, command);
      return 'answer' in proof
        ? { kind: 'over', outcome: await conversation.closed(proof.answer) }
        : { kind: 'proof', proof };
    }
  }
}

async function malformed<C extends Command>(conversation: Conversation<C>, command: C): Promise<Shown> {
  const words = conversation.grammar.decline(command, 'bad-credentials');
  return { kind: 'over', outcome: await conversation.decline(words) };
}

/** The server hung up while the mail program was being asked. */
interface Interrupted {
  answer: Extract<Answer, { bytes: Buffer }>;
}

/** @returns null for an answer that does not fit this mechanism, or cancels it */
async function bySasl<C extends Command>(
  conversation: Conversation<C>,
  front: Front<C>,
  command: C,
  { mechanism, initial }: { mechanism: LocalMechanism; initial: string | null },
): Promise<LocalProof | Interrupted | null> {
  async function answerTo(challenge: string): Promise<Buffer | Interrupted | null> {
    await conversation.tell(front.challenge(Buffer.from(challenge).toString('base64')));
    const turn = await conversation.credentials(command);
    if ('kind' in turn) return { answer: turn };
    return turn.credentials && decoded(turn.credentials.toString('latin1'));
  }

  switch (mechanism) {
    case 'PLAIN': {
      const said = initial === null ? await answerTo('') : decoded(initial);
      if (!said || 'answer' in said) return said;
      // Authorization identity, user name and password (RFC 4616 §2). Only the password counts.
      const parts = said.toString('utf8').split('\0');
      return parts.length === 3 ? { kind: 'password', password: parts[2] ?? '' } : null;
    }
    case 'LOGIN': {
      const user = initial === null ? await answerTo('Username:') : decoded(initial);
      if (!user || 'answer' in user) return user;
      const password = await answerTo('Password:');
      if (!password || 'answer' in password) return password;
      return { kind: 'password', password: password.toString('utf8') };
    }
    case 'CRAM-MD5': {
      if (initial !== null) return null;
      const challenge = makeStamp();
      const said = await answerTo(challenge);
      if (!said || 'answer' in said) return said;
      // The user name may contain blanks, the digest does not (RFC 2195 §2).
      const digest = /.* ([0-9a-f]{32})$/is.exec(said.toString('utf8'))?.[1];
      return digest === undefined ? null : { kind: 'cram-md5', challenge, digest };
    }
  }
}

function decoded(text: string): Buffer | null {
  if (text === '=') return Buffer.alloc(0);
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, 'base64')
    : null;
}

type Accepted = Extract<Answer, { kind: 'accepted' }>;

/** @throws Refused; a refused token is renewed once, and then no more: servers slow down clients that insist */
async function signInUpstream<C extends Command>(
  front: Front<C>,
  { gate, port }: OwnSignIn,
  step: SignInStep,
): Promise<Accepted> {
  const place = { server: step.server, port };
  let credential = await gate.credential(step.server, step.signal);
  for (let renewed = false; ; renewed = true) {
    const result = await tryWays(front, credential, place);
    if ('accepted' in result) {
      gate.accepted();
      return result.accepted;
    }
    const fresh = renewed || !result.ofCredential ? null : await gate.renewed(credential, step.server, step.signal);
    if (!fresh) {
      if (result.ofCredential) gate.refused(credential);
      throw result.refused;
    }
    credential = fresh;
  }
}

type Tried = { accepted: Accepted } | OwnSignInRefused;

async function tryWays<C extends Command>(
  front: Front<C>,
  credential: Credential,
  place: { server: string; port: number },
): Promise<Tried> {
  const way = credential.kind;
  const ways = fittingWays(credential, await front.offer(), place);
  let last: OwnSignInRefused | null = null;
  for (const each of ways) {
    const answer =
      each === 'command' && credential.kind === 'password'
        ? settled(await front.byCommand(credential.user, credential.password), place.server)
        : await exchange(front, each as SaslClient, place.server);
    if (answer.kind === 'accepted') return { accepted: answer };
    last = signInRefusal(place.server, answer.reply, way);
    // Servers offer SCRAM even for users whose password they store in another form. Everything else counts as a try.
    if (each === 'command' || each.name !== 'SCRAM-SHA-256' || !last.ofCredential || answer.kind === 'closed')
      return last;
  }
  if (last) return last;
  const refused = new Refused('upstream-sign-in-failed', { code: 'no-common-mechanism', facts: { way } }, place);
  return { refused, ofCredential: false };
}

type Outcome = Accepted | { kind: 'refused' | 'closed'; reply: string };

async function exchange<C extends Command>(front: Front<C>, client: SaslClient, server: string): Promise<Outcome> {
  const initial = client.initial?.toString('base64') ?? null;
  const atOnce = initial !== null && initial.length <= front.maxInitial();
  let left = atOnce ? null : initial;
  let answer = await front.begin(client.name, atOnce ? initial : null);
  for (let turn = 0; answer.kind === 'challenge'; turn += 1) {
    const said = left ?? (turn < maxTurns ? ((await client.answer(dataOf(answer)))?.toString('base64') ?? null) : null);
    left = null;
    answer = await front.goOn(said);
    if (said === null) throw client.proved ? unaskedFor(server) : falseProof(server);
  }
  if (answer.kind === 'accepted' && !client.proved) throw falseProof(server);
  return settled(answer, server);
}

/** A server that leaves without a word about the sign-in, or takes its leave in its place, has not judged it. @throws Refused */
function settled(answer: Answer, server: string): Outcome {
  if (answer.kind === 'challenge') throw unaskedFor(server);
  if (answer.kind === 'accepted') return answer;
  if (answer.kind === 'refused' && answer.reply === undefined) throw unaskedFor(server);
  if (answer.reply === undefined) {
    const code = answer.kind === 'closed' ? recogniseRefusal(answer.goodBye ?? '', 'greeting') : null;
    throw code ? new Refused('upstream-closed', { code }, { server }) : upstreamLeft(server);
  }
  return { kind: answer.kind, reply: answer.reply };
}

function falseProof(server: string): Refused {
  return new Refused('upstream-protocol', { code: 'false-proof' }, { server });
}

/** What a challenge holds: Base64 after the first word of its line. */
function dataOf({ bytes }: { bytes: Buffer }): Buffer {
  return Buffer.from(
    bytes
      .toString('latin1')
      .replace(/^\S+ ?/, '')
      .trim(),
    'base64',
  );
}
