import {
  capabilitiesIn,
  filterImapResponse,
  type ShownInstead,
  shownCapabilities,
} from '../../protocols/imap-capabilities.ts';
import { greetingWantsId } from '../../protocols/imap-id.ts';
import { redactImapResponse } from '../../protocols/imap-redaction.ts';
import { orLeft, send, unaskedFor, upstreamMisspoke } from '../clock.ts';
import type { Dialect, Greeting, GreetingStep } from '../dialect.ts';
import { localMechanisms } from '../front.ts';
import { readGreeting, turnedAway } from '../greeting.ts';
import { signIn } from '../sign-in.ts';
import { signInForProgram } from '../sign-in-for-program.ts';
import { inLines } from '../text-line.ts';
import { withoutProgram } from '../without-program.ts';
import { ourName, protocolText } from '../words.ts';
import type { ImapKnowledge } from './exchange.ts';
import { ImapFront } from './front.ts';
import { imapGrammar } from './grammar.ts';
import { requestImapTls } from './plaintext.ts';
import { type ImapResponse, randomTag, readImapResponse, signInBudget } from './responses.ts';
import { ImapTalk } from './talk.ts';

/** IMAP (RFC 3501, 9051) with STARTTLS, LOGIN and AUTHENTICATE. */
export const imap: Dialect<ImapKnowledge> = {
  protocol: 'imap',
  requestTls: requestImapTls,

  greet: (step) =>
    orLeft(step.server, async () => {
      if (!step.greetingExpected) return makeGreeting(step);
      step.waitFor('greeting');
      return readGreeting('imap', step, () => passGreetingOn(step));
    }),

  signIn(step, knowledge) {
    if (!step.own) return signIn(imapGrammar, new ImapTalk(step, knowledge), step);
    const front = new ImapFront(step, knowledge);
    return signIn(imapGrammar, front, step, signInForProgram(front, step.own));
  },

  ownClient: (alone, knowledge) => new ImapFront(withoutProgram(alone), knowledge),

  refuseGreeting: (message) => `* BYE ${ourName}: ${protocolText(message)}\r\n`,
};

/** The server's own greeting, read inside TLS. */
async function passGreetingOn(step: GreetingStep): Promise<Greeting<ImapKnowledge>> {
  const { line, is } = await readImapResponse(step.upstream, step.server, signInBudget(), step.signal);
  step.trace('server', redactImapResponse(line, false));
  if (is.kind !== 'status' || is.tag !== '*') throw upstreamMisspoke(step.server, 'greeting-not-imap');
  if (is.status !== 'OK' && is.status !== 'PREAUTH')
    throw turnedAway(step.server, line.toString('latin1'), 'imap', 'greeting');
  // Any client would be in the mailbox without the local password.
  if (step.own && is.status === 'PREAUTH') throw upstreamMisspoke(step.server, 'greeting-not-imap');
  const own = ownOf(step);
  return {
    text: inLines(filterImapResponse(line, insteadOf(step))),
    next: is.status === 'PREAUTH' ? 'splice' : 'sign-in',
    knowledge: { capabilities: capabilitiesIn(line), wantsId: greetingWantsId(line.toString('latin1')), ...own },
  };
}

/** After STARTTLS the server's greeting came in plaintext: ours replaces it, with what the server says inside TLS. */
async function makeGreeting(step: GreetingStep): Promise<Greeting<ImapKnowledge>> {
  step.waitFor('capability');
  const tag = randomTag();
  // Strict: nothing that came before TLS may pass for the answer.
  const budget = signInBudget('strict');
  const knowledge: ImapKnowledge = { capabilities: null, ...ownOf(step) };
  step.trace('to-server', `${tag} CAPABILITY`);
  await send(step, Buffer.from(`${tag} CAPABILITY\r\n`));
  for (;;) {
    const response = await readImapResponse(step.upstream, step.server, budget, step.signal);
    step.trace('server', redactImapResponse(response.line, false));
    knowledge.capabilities = capabilitiesIn(response.line) ?? knowledge.capabilities;
    if (isAnswerTo(tag, response, step.server)) break;
  }
  const shown = knowledge.capabilities
    ? `[CAPABILITY ${shownCapabilities(knowledge.capabilities, insteadOf(step)).join(' ')}] `
    : '';
  return { text: Buffer.from(`* OK ${shown}${ourName} ready\r\n`, 'latin1'), next: 'sign-in', knowledge };
}

function ownOf({ own }: GreetingStep): Pick<ImapKnowledge, 'own'> {
  return own ? { own: localMechanisms } : {};
}

function insteadOf(step: GreetingStep): ShownInstead {
  return { ...ownOf(step), localTls: step.localTls ?? null };
}

function isAnswerTo(tag: string, { is }: ImapResponse, server: string): boolean {
  if (is.kind === 'data') return false;
  if (is.kind === 'status' && is.tag === tag) return true;
  if (is.kind === 'status' && is.tag === '*' && is.status !== 'BYE' && is.status !== 'PREAUTH') return false;
  throw unaskedFor(server);
}
