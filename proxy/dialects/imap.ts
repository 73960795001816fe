import { ChannelClosed } from '../net/line-channel.ts';
import { capabilitiesIn, filterImapResponse, shownCapabilities } from '../protocols/imap-capabilities.ts';
import { redactImapResponse } from '../protocols/imap-redaction.ts';
import { upstreamLeft, upstreamMisspoke } from './clock.ts';
import type { Dialect, Greeting, GreetingStep } from './dialect.ts';
import { readGreeting } from './greeting.ts';
import type { ImapKnowledge } from './imap-exchange.ts';
import { requestImapTls } from './imap-plaintext.ts';
import { type ImapResponse, randomTag, readImapResponse, signInBudget } from './imap-responses.ts';
import { signInImap } from './imap-sign-in.ts';
import { ourName, protocolText } from './words.ts';

/** IMAP (RFC 3501, 9051) with STARTTLS, LOGIN and AUTHENTICATE. */
export const imap: Dialect<ImapKnowledge> = {
  protocol: 'imap',
  requestTls: requestImapTls,

  async greet(step) {
    try {
      if (!step.greetingExpected) return await makeGreeting(step);
      step.waitFor('greeting');
      return await readGreeting('imap', step, () => passGreetingOn(step));
    } catch (error) {
      if (error instanceof ChannelClosed) throw upstreamLeft(step.server, error);
      throw error;
    }
  },

  signIn: signInImap,

  refuseGreeting: (message) => `* BYE ${ourName}: ${protocolText(message)}\r\n`,
};

/** The server's own greeting, read inside TLS. */
async function passGreetingOn(step: GreetingStep): Promise<Greeting<ImapKnowledge>> {
  const { line, is } = await readImapResponse(step.upstream, step.server, signInBudget(), step.signal);
  step.trace('server', redactImapResponse(line, false));
  if (is.kind !== 'status' || is.tag !== '*') throw upstreamMisspoke(step.server, 'greeting-not-imap');
  if (is.status !== 'OK' && is.status !== 'PREAUTH') throw upstreamMisspoke(step.server, 'turned-away');
  return {
    text: Buffer.concat([filterImapResponse(line), Buffer.from('\r\n')]),
    next: is.status === 'PREAUTH' ? 'splice' : 'sign-in',
    knowledge: { capabilities: capabilitiesIn(line) },
  };
}

/** Behind STARTTLS the server's greeting came in plaintext: ours takes its place, with what the server says inside TLS. */
async function makeGreeting(step: GreetingStep): Promise<Greeting<ImapKnowledge>> {
  step.waitFor('capability');
  const tag = randomTag();
  const budget = signInBudget();
  const knowledge: ImapKnowledge = { capabilities: null };
  step.trace('to-server', `${tag} CAPABILITY`);
  await step.upstream.write(`${tag} CAPABILITY\r\n`, step.signal);
  for (;;) {
    const response = await readImapResponse(step.upstream, step.server, budget, step.signal);
    step.trace('server', redactImapResponse(response.line, false));
    knowledge.capabilities = capabilitiesIn(response.line) ?? knowledge.capabilities;
    if (isAnswerTo(tag, response, step.server)) break;
  }
  const shown = knowledge.capabilities ? `[CAPABILITY ${shownCapabilities(knowledge.capabilities).join(' ')}] ` : '';
  return { text: Buffer.from(`* OK ${shown}${ourName} ready\r\n`, 'latin1'), next: 'sign-in', knowledge };
}

function isAnswerTo(tag: string, { is }: ImapResponse, server: string): boolean {
  if (is.kind === 'data') return false;
  if (is.kind === 'status' && is.tag === tag) return true;
  if (is.kind === 'status' && is.tag === '*' && is.status !== 'BYE' && is.status !== 'PREAUTH') return false;
  throw upstreamMisspoke(server, 'unasked');
}
