import { Refused } from '../../net/refused.ts';
import { argumentsOf } from '../../protocols/capability-lines.ts';
import { redactNntpReply } from '../../protocols/nntp-redaction.ts';
import { orLeft, send, upstreamMisspoke } from '../clock.ts';
import type { Dialect, GreetingStep, PlaintextStep } from '../dialect.ts';
import { readGreeting, turnedAway } from '../greeting.ts';
import { signIn } from '../sign-in.ts';
import { signInForProgram } from '../sign-in-for-program.ts';
import { inLines, type Manners } from '../text-line.ts';
import { awaitPlaintextGreeting } from '../tls-mix-up.ts';
import { withoutProgram } from '../without-program.ts';
import { ourName, protocolText } from '../words.ts';
import { type NntpAnswer, readAnswer, readAnswerLines } from './answers.ts';
import { NntpFront } from './front.ts';
import { nntpGrammar } from './grammar.ts';
import { NntpTalk } from './talk.ts';

/** Reading and posting news: NNTP (RFC 3977) with STARTTLS (RFC 4642, RFC 8143) and AUTHINFO (RFC 4643). */
export const nntp: Dialect<null> = {
  protocol: 'nntp',

  async requestTls(step) {
    const { server } = step;
    await awaitPlaintextGreeting(step);
    await readGreeting('nntp', step, () => welcome(step, 'strict'));

    step.waitFor('capabilities');
    const lines = await capabilities(step, 'strict');
    // Some pass readers to another program, which alone supports TLS (RFC 4642 §2.1). A server that cannot list its
    // capabilities may do so, too.
    if (lines === null || argumentsOf(lines, 'MODE-READER')) {
      step.waitFor('mode-reader');
      const { code, line } = await ask(step, 'MODE READER', 'strict');
      if (code === 400 || code === 502) throw turnedAway(server, line.toString('latin1'), 'nntp', 'greeting');
    }

    step.waitFor('starttls');
    const { code } = await ask(step, 'STARTTLS', 'strict');
    if (code === 382) return;
    if (code < 400) throw upstreamMisspoke(server, 'odd-starttls');
    throw lines && argumentsOf(lines, 'STARTTLS')
      ? new Refused('starttls-refused', { code: 'starttls-refused', facts: { reply: code } }, { server })
      : new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server });
  },

  async greet(step) {
    if (step.greetingExpected) {
      step.waitFor('greeting');
      const { line } = await readGreeting('nntp', step, () => welcome(step, 'lenient'));
      return { text: inLines(line), next: 'sign-in', knowledge: null };
    }
    const code = (await takesArticles(step)) ? 200 : 201;
    return { text: Buffer.from(`${code} ${ourName} ready\r\n`), next: 'sign-in', knowledge: null };
  },

  signIn(step) {
    if (!step.own) return signIn(nntpGrammar, new NntpTalk(step), step);
    const front = new NntpFront(step);
    return signIn(nntpGrammar, front, step, signInForProgram(front, step.own));
  },

  ownClient: (alone) => new NntpFront(withoutProgram(alone)),

  refuseGreeting: (message) => `400 ${ourName}: ${protocolText(message)}\r\n`,
};

/**
 * Whether articles may be posted, as the server says it inside TLS: what it said before does not cross (RFC 4642 §2.2.2).
 * One that offers posting after a sign-in alone says so by MODE READER, if at all.
 */
async function takesArticles(step: GreetingStep): Promise<boolean> {
  step.waitFor('capabilities');
  const lines = await capabilities(step, 'strict');
  if (lines && argumentsOf(lines, 'POST')) return true;
  step.waitFor('mode-reader');
  const { code, line } = await ask(step, 'MODE READER', 'strict');
  if (code === 400) throw turnedAway(step.server, line.toString('latin1'), 'nntp', 'greeting');
  return code !== 201;
}

/** The server's greeting, when it is a welcome (RFC 3977 §5.1). */
async function welcome(step: PlaintextStep, manners: Manners): Promise<NntpAnswer> {
  const greeting = await answer(step, manners);
  const { code, line } = greeting;
  if (code === 200 || code === 201) return greeting;
  if (code >= 400) throw turnedAway(step.server, line.toString('latin1'), 'nntp', 'greeting');
  throw upstreamMisspoke(step.server, 'greeting-not-nntp');
}

/** @returns the lines; null when the server does not say */
async function capabilities(step: PlaintextStep, manners: Manners): Promise<Buffer[] | null> {
  const { code, line } = await ask(step, 'CAPABILITIES', manners);
  if (code === 400) throw turnedAway(step.server, line.toString('latin1'), 'nntp', 'greeting');
  if (code < 400 && code !== 101) throw upstreamMisspoke(step.server, 'not-nntp');
  if (code !== 101) return null;
  return orLeft(step.server, async () => {
    const lines = await readAnswerLines(step.upstream, step.server, step.signal, manners);
    for (const each of lines) step.trace('server', each.toString('latin1'));
    return lines;
  });
}

async function ask(
  step: PlaintextStep,
  command: 'CAPABILITIES' | 'MODE READER' | 'STARTTLS',
  manners: Manners,
): Promise<NntpAnswer> {
  // Anything already buffered was sent before we asked for it.
  if (step.upstream.buffered > 0) throw upstreamMisspoke(step.server, 'unasked');
  step.trace('to-server', command);
  await send(step, Buffer.from(`${command}\r\n`));
  return answer(step, manners);
}

/** An answer before the sign-in, where a closed connection is a refusal. */
function answer(step: PlaintextStep, manners: Manners): Promise<NntpAnswer> {
  return orLeft(step.server, async () => {
    const read = await readAnswer(step.upstream, step.server, step.signal, manners);
    step.trace('server', redactNntpReply(read.line, false));
    return read;
  });
}
