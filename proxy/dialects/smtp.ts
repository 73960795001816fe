import { turnedAwayFinding } from '../diagnosis/greeting.ts';
import { ChannelClosed } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { offersStartTls } from '../protocols/smtp-capabilities.ts';
import { redactSmtpCommand } from '../protocols/smtp-redaction.ts';
import { parseSmtpReplyLine, type SmtpReply } from '../protocols/smtp-reply.ts';
import { upstreamLeft, upstreamMisspoke } from './clock.ts';
import type { Dialect, GreetingStep, PlaintextStep } from './dialect.ts';
import { readGreeting } from './greeting.ts';
import { readReply, replyBytes } from './smtp-replies.ts';
import { signInSmtp } from './smtp-sign-in.ts';
import { awaitPlaintextGreeting } from './tls-mix-up.ts';
import { ourName, protocolText } from './words.ts';

/**
 * The name in our own EHLO, which only exists to ask for TLS: an address literal (RFC 5321 §4.1.3), since this
 * computer's name is nobody's business in plaintext.
 */
const ourEhlo = 'EHLO [127.0.0.1]';

/** SMTP submission (RFC 5321, 6409) with STARTTLS (RFC 3207) and AUTH (RFC 4954). */
export const smtp: Dialect<null> = {
  protocol: 'smtp',

  async requestTls(step) {
    const { server } = step;
    await awaitPlaintextGreeting(step);
    await readGreeting('smtp', step, () => welcome(step));

    step.waitFor('ehlo');
    const ehlo = await ask(step, ourEhlo);
    if (ehlo.code >= 400 && ![500, 502, 504].includes(ehlo.code)) throw turnedAway(server, ehlo, 'introduction');
    if (ehlo.code >= 500) {
      // No HELO instead: a server without extensions has no STARTTLS either.
      throw new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server });
    }
    const named = ehlo.lines.some((line) => (parseSmtpReplyLine(line)?.text ?? '').trim() !== '');
    if (ehlo.code !== 250 || !named) throw upstreamMisspoke(server, 'odd-ehlo');
    const offered = offersStartTls(ehlo.lines);

    step.waitFor('starttls');
    const answer = await ask(step, 'STARTTLS');
    if (answer.code === 220) return;
    throw offered
      ? new Refused('starttls-refused', { code: 'starttls-refused', facts: { reply: answer.code } }, { server })
      : new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server });
  },

  async greet(step: GreetingStep) {
    if (!step.greetingExpected) {
      const text = Buffer.from(`220 ${protocolText(step.server)} ESMTP ${ourName} ready\r\n`, 'latin1');
      return { text, next: 'sign-in', knowledge: null };
    }
    step.waitFor('greeting');
    const { lines } = await readGreeting('smtp', step, () => welcome(step));
    return { text: replyBytes(lines), next: 'sign-in', knowledge: null };
  },

  signIn: signInSmtp,

  refuseGreeting: (message) => `421 4.7.0 ${ourName}: ${protocolText(message)}\r\n`,
};

/** The server does not want this connection, or not now; it has said nothing about encryption. */
function turnedAway(server: string, { lines }: SmtpReply, to: 'greeting' | 'introduction'): Refused {
  return new Refused('upstream-protocol', turnedAwayFinding(inLatin1(lines), 'smtp', to), { server });
}

function inLatin1(lines: readonly Buffer[]): string {
  return lines.map((line) => line.toString('latin1')).join('\n');
}

/** The server's greeting, when it is a welcome. */
async function welcome(step: PlaintextStep): Promise<SmtpReply> {
  const reply = await plaintextReply(step);
  if (reply.code === 220) return reply;
  throw upstreamMisspoke(step.server, 'turned-away');
}

/** A reply before the sign-in, where a closed line is a refusal. */
async function plaintextReply(step: PlaintextStep): Promise<SmtpReply> {
  try {
    const reply = await readReply(step.upstream, step.server, step.signal);
    for (const line of reply.lines) step.trace('server', line.toString('latin1'));
    return reply;
  } catch (error) {
    if (error instanceof ChannelClosed) throw upstreamLeft(step.server, error);
    throw error;
  }
}

async function ask(step: PlaintextStep, command: string): Promise<SmtpReply> {
  // What stands here already was said before it was asked for.
  if (step.upstream.buffered > 0) throw upstreamMisspoke(step.server, 'unasked');
  step.trace('to-server', redactSmtpCommand(Buffer.from(command)));
  try {
    await step.upstream.write(`${command}\r\n`, step.signal);
  } catch (error) {
    if (error instanceof ChannelClosed) throw upstreamLeft(step.server, error);
    throw error;
  }
  return plaintextReply(step);
}
