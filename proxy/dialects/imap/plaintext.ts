import { Refused } from '../../net/refused.ts';
import { capabilitiesIn, hasCapability } from '../../protocols/imap-capabilities.ts';
import { redactImapResponse } from '../../protocols/imap-redaction.ts';
import { lastQuestionMilliseconds, orLeft, send, unaskedFor, upstreamMisspoke, within } from '../clock.ts';
import type { PlaintextStep } from '../dialect.ts';
import { readGreeting, turnedAway } from '../greeting.ts';
import { awaitPlaintextGreeting } from '../tls-mix-up.ts';
import { type ImapResponse, plaintextBudget, type ResponseBudget, randomTag, readImapResponse } from './responses.ts';

/**
 * Asks for TLS (RFC 3501 §6.2.1), whether or not it was offered. Data that the server volunteers is dropped; a status
 * that nobody asked for is an injection.
 *
 * @throws Refused for anything but a go-ahead
 */
export async function requestImapTls(step: PlaintextStep): Promise<void> {
  const conversation: Conversation = { step, budget: plaintextBudget(), offers: null };
  await awaitPlaintextGreeting(step);
  await readGreeting('imap', step, () => hearWelcome(conversation));

  step.waitFor('starttls');
  const status = await ask(conversation, 'STARTTLS');
  if (status === 'OK') return;
  throw await whyRefused(conversation);
}

/** What is known about one server before TLS. Only which of two errors applies may leave this file. */
interface Conversation {
  step: PlaintextStep;
  budget: ResponseBudget;
  /** Whether the server's last list of capabilities holds STARTTLS; null while it has given none. */
  offers: boolean | null;
}

async function hearWelcome(conversation: Conversation): Promise<void> {
  const { server } = conversation.step;
  const { line, is } = await next(conversation);
  if (is.kind !== 'status' || is.tag !== '*') throw upstreamMisspoke(server, 'greeting-not-imap');
  if (is.status === 'PREAUTH') {
    throw new Refused('preauth-before-tls', { code: 'signed-in-before-encryption' }, { server });
  }
  if (is.status !== 'OK') throw turnedAway(server, line.toString('latin1'), 'imap', 'greeting');
}

/** Sends one of our own commands and returns the status of the tagged answer; nothing after it is read. */
async function ask(conversation: Conversation, command: 'CAPABILITY' | 'STARTTLS'): Promise<'OK' | 'NO' | 'BAD'> {
  const { step } = conversation;
  while (step.upstream.buffered > 0) dropData(conversation, await next(conversation));
  const tag = randomTag();
  step.trace('to-server', `${tag} ${command}`);
  await send(step, Buffer.from(`${tag} ${command}\r\n`));
  for (;;) {
    const response = await next(conversation);
    const { is } = response;
    if (is.kind === 'status' && is.tag === tag) return is.status as 'OK' | 'NO' | 'BAD';
    dropData(conversation, response);
  }
}

/** Ignores data; refuses everything that could be taken for an answer. */
function dropData({ step: { server } }: Conversation, { is, line }: ImapResponse): void {
  if (is.kind === 'data') return;
  // A busy server may say goodbye at any time (RFC 3501 §7.1.5).
  if (is.kind === 'status' && is.status === 'BYE')
    throw turnedAway(server, line.toString('latin1'), 'imap', 'greeting');
  // An alert is text for a person, in the form of a status (RFC 3501 §7.1).
  if (is.kind === 'status' && is.tag === '*' && (is.status === 'OK' || is.status === 'NO') && is.code === 'ALERT')
    return;
  throw unaskedFor(server);
}

function next(conversation: Conversation): Promise<ImapResponse> {
  const { step, budget } = conversation;
  return orLeft(step.server, async () => {
    const response = await readImapResponse(step.upstream, step.server, budget, step.signal);
    step.trace('server', redactImapResponse(response.line, false));
    const capabilities = capabilitiesIn(response.line);
    if (capabilities) conversation.offers = hasCapability(capabilities, 'STARTTLS');
    return response;
  });
}

/** STARTTLS was refused: finds out whether it had been offered. */
async function whyRefused(conversation: Conversation): Promise<Refused> {
  const { step } = conversation;
  if (conversation.offers === null) {
    step.waitFor('capability');
    const onTime = () => new Error('no answer');
    await within(lastQuestionMilliseconds, step.signal, onTime, (signal) => {
      conversation.step = { ...step, signal };
      return ask(conversation, 'CAPABILITY');
    }).catch(() => undefined);
  }
  return conversation.offers
    ? new Refused('starttls-refused', { code: 'starttls-refused' }, { server: step.server })
    : new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server: step.server });
}
