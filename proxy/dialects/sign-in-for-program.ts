import type { AccountGate } from '../gate/account-gate.ts';
import { type LocalProof, makeStamp } from '../gate/local-password.ts';
import { Refused } from '../net/refused.ts';
import type { Conversation } from './conversation.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import type { Front, LocalMechanism, OwnSignIn } from './front.ts';
import type { Answer, Command } from './grammar.ts';
import type { SignInStrategy } from './pass-through.ts';
import { type Accepted, signInUpstream } from './sign-in-upstream.ts';

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
    const accepted = await enter(front, own, step);
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
  /** No proof was given. */
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

/** @throws Refused; a refused token is renewed once, and then no more: servers slow down clients that insist */
async function enter<C extends Command>(
  front: Front<C>,
  { gate, port }: OwnSignIn,
  { server, signal }: SignInStep,
): Promise<Accepted> {
  let credential = await gate.credential(server, signal);
  for (let renewed = false; ; renewed = true) {
    const result = await signInUpstream(front, credential, { server, port });
    if ('accepted' in result) {
      gate.accepted();
      return result.accepted;
    }
    const fresh = renewed || !result.ofCredential ? null : await gate.renewed(credential, server, signal);
    if (!fresh) {
      if (result.ofCredential) gate.refused(credential);
      throw result.refused;
    }
    credential = fresh;
  }
}
