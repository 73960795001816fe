/**
 * The sign-in phase, once for all dialects: whose turn it is, what is answered without the server, what is secret,
 * timeouts, and where the phase ends. A dialect's grammar knows the words, its table what each command means, and its
 * talk how the server answers.
 */
import { Refused } from '../net/refused.ts';
import { unaskedFor } from './clock.ts';
import { Conversation } from './conversation.ts';
import type { SignInOutcome, SignInStep } from './dialect.ts';
import { foreignClient } from './foreign-client.ts';
import type { Command, Fault, Grammar, ServerTalk, SignInEnd } from './grammar.ts';
import { passOnCredentials, type SignInStrategy, tellOfVain } from './pass-through.ts';
import { ClientIdle, firstBytes, nextTurn, whilePatient } from './turn.ts';
import { refusalWords } from './words.ts';

/** How long sending the final message may take when the mail program does not read it, in milliseconds. */
const farewellMilliseconds = 2000;

/**
 * Relays the sign-in up to the raw phase.
 *
 * @param strategy how credentials are handled: passed on, unless Postern itself signs in
 * @throws Refused or the signal's reason after the final message, ChannelClosed when the mail program has left
 */
export async function signIn<C extends Command>(
  grammar: Grammar<C>,
  talk: ServerTalk<C>,
  step: SignInStep,
  strategy: SignInStrategy<C> = passOnCredentials,
): Promise<SignInOutcome> {
  const conversation = new Conversation(grammar, talk, step);
  try {
    const outcome = await untilItEnds(conversation, strategy);
    if (outcome === 'closed') conversation.noteFailed();
    return outcome;
  } catch (error) {
    if (!(error instanceof Refused)) {
      conversation.noteFailed();
      const message = step.wordsFor(error);
      if (message !== null) await sayLast(conversation, { message });
      throw error;
    }
    // A server that hangs up on a wrong password has already said what is wrong.
    const { failed } = conversation;
    const refused = failed && error.reason === 'upstream-closed' ? failed : error;
    const message = refusalWords(refused, step.commandOptions);
    await sayLast(conversation, { message, reason: refused.reason });
    throw refused;
  }
}

/** The final message, as an answer to the command that waits for one. */
async function sayLast<C extends Command>({ grammar, pending, step }: Conversation<C>, end: SignInEnd): Promise<void> {
  const words = grammar.lastWords(pending, end);
  for (const line of words) step.trace('to-client', pending ? grammar.showAnswer(pending, line) : line);
  // A mail program that has left, or reads nothing, does not get it.
  const inTime = AbortSignal.timeout(farewellMilliseconds);
  const bytes = Buffer.concat(words.map((line) => grammar.inBytes(line, pending)));
  await step.client.write(bytes, inTime).catch(() => undefined);
}

async function untilItEnds<C extends Command>(
  conversation: Conversation<C>,
  strategy: SignInStrategy<C>,
): Promise<SignInOutcome> {
  for (;;) {
    try {
      const outcome = await oneTurn(conversation, strategy);
      if (outcome) return outcome;
    } catch (error) {
      if (!(error instanceof ClientIdle)) throw error;
      conversation.pending = null;
      return conversation.farewell('idle');
    }
  }
}

/** One command, and all that follows from it. Null: go on with the next. */
async function oneTurn<C extends Command>(
  conversation: Conversation<C>,
  strategy: SignInStrategy<C>,
): Promise<SignInOutcome | null> {
  const { grammar, step } = conversation;
  const { client, upstream, clientIdleMilliseconds, signal } = step;
  conversation.pending = null;
  if (!conversation.programKnown) {
    // A TLS ClientHello may hold no line end to wait for.
    await firstBytes(client, upstream, clientIdleMilliseconds, signal);
    const foreign = client.peek()[0] === 0x16 ? foreignClient(client.peek()) : null;
    if (foreign) throw foreign;
  }
  const turn = await nextTurn(upstream, (either) => grammar.read(client, either), clientIdleMilliseconds, signal);
  if (turn.kind === 'server') return unasked(conversation);
  const command = turn.said;
  if (!conversation.programKnown && !command.known) {
    const foreign = foreignClient(Buffer.concat([command.head, Buffer.from('\n')]));
    if (foreign) throw foreign;
  }
  conversation.programKnown ||= command.known;
  step.trace('client', command.shown);
  conversation.pending = command;
  if (command.fault === 'too-long') {
    conversation.noteTooLong();
    await client.skipLine(signal);
  }
  if (command.means === 'start-tls' && faultOf(conversation, command) === null) return startTls(conversation, command);
  const gathered = await gather(conversation, command);
  if (gathered.kind === 'flood') return conversation.farewell('flood');
  if (gathered.kind === 'malformed') return conversation.farewell('malformed');
  if (gathered.kind === 'declined') return conversation.decline(gathered.answer);
  if (gathered.kind === 'closed') return conversation.closed(gathered);

  // What the server sent before the command is handled first: it is no answer to it.
  while (upstream.buffered > 0) {
    const outcome = await unasked(conversation);
    if (outcome) return outcome;
  }
  conversation.committed ||= command.beforeTls !== true;
  switch (gathered.command.means) {
    case 'sign-in':
    case 'message':
      return strategy(conversation, gathered.command);
    case 'raw-at-once':
      await conversation.talk.send(gathered.command);
      return 'splice';
    default:
      return ask(conversation, gathered.command);
  }
}

/** Why a command is not carried out, because of its own fault or of TLS with the program; null for one that is. */
function faultOf<C extends Command>({ step, committed }: Conversation<C>, command: C): Fault | null {
  if (command.fault) return command.fault;
  const { localTls } = step;
  if (command.means !== 'start-tls') {
    return localTls?.required && !localTls.secured && !command.beforeTls ? 'tls-first' : null;
  }
  if (!localTls) return 'start-tls';
  if (localTls.secured) return 'tls-already';
  return committed ? 'tls-late' : null;
}

/** TLS with the mail program. An attacker may have sent what came before, so it starts over. */
async function startTls<C extends Command>(conversation: Conversation<C>, command: C): Promise<null> {
  const { grammar, talk, step } = conversation;
  const goAhead = grammar.startTls(command);
  await step.localTls?.secure(grammar.inBytes(goAhead, command).toString('latin1'));
  step.trace('to-client', goAhead);
  talk.forgetProgram?.();
  return null;
}

/** Reads a full command; what the program sends without waiting is read even when the command is declined. */
async function gather<C extends Command>(conversation: Conversation<C>, command: C) {
  const { grammar, talk, step } = conversation;
  const fault = faultOf(conversation, command);
  const declined = fault ? grammar.decline(command, fault) : await talk.admit(command);
  if (declined !== null && typeof declined !== 'string') return declined;
  const gathered = await whilePatient(step.clientIdleMilliseconds, step.signal, (signal) =>
    grammar.gather(command, declined, {
      client: step.client,
      signal,
      tell: (text) => conversation.tell(text),
      onLineTooLong: () => conversation.noteTooLong(),
    }),
  );
  const late = gathered.kind === 'whole' ? await talk.admit(gathered.command) : null;
  if (late === null) return gathered;
  return typeof late === 'string' ? { kind: 'declined' as const, answer: late } : late;
}

async function ask<C extends Command>(conversation: Conversation<C>, command: C): Promise<SignInOutcome | null> {
  const answer = await conversation.talk.ask(command);
  if (answer.kind === 'challenge') throw unaskedFor(conversation.step.server);
  if (answer.kind !== 'accepted' && command.beginsSignIn) return tellOfVain(conversation, command, answer);
  if (answer.kind === 'closed') return conversation.closed(answer);
  await conversation.passOn(answer);
  if (command.means === 'good-bye') return 'closed';
  if (command.means === 'raw' && answer.kind === 'accepted') return 'splice';
  return conversation.counted(answer.kind === 'refused' && answer.counts);
}

/** Passes on what the server says unprompted. */
async function unasked<C extends Command>(conversation: Conversation<C>): Promise<SignInOutcome | null> {
  const said = await conversation.talk.interrupt(null);
  return said?.kind === 'closed' ? conversation.closed(said) : null;
}
