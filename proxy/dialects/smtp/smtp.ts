import { hostname } from 'node:os';
import { turnedAwayFinding } from '../../diagnosis/greeting.ts';
import { ChannelClosed } from '../../net/line-channel.ts';
import { Refused } from '../../net/refused.ts';
import { offersStartTls } from '../../protocols/smtp-capabilities.ts';
import { redactSmtpCommand } from '../../protocols/smtp-redaction.ts';
import { parseSmtpReplyLine, type SmtpReply } from '../../protocols/smtp-reply.ts';
import { orLeft, send, upstreamMisspoke } from '../clock.ts';
import type { Dialect, GreetingStep, PlaintextStep } from '../dialect.ts';
import { readGreeting, turnedAway } from '../greeting.ts';
import { passOnCredentials, type SignInStrategy } from '../pass-through.ts';
import { signIn } from '../sign-in.ts';
import { signInForProgram } from '../sign-in-for-program.ts';
import { inLines } from '../text-line.ts';
import { awaitPlaintextGreeting } from '../tls-mix-up.ts';
import { withoutProgram } from '../without-program.ts';
import { ourName, protocolText } from '../words.ts';
import { BoundedSubmission, boundedGrammar } from './bounded.ts';
import { ourNames } from './ehlo-names.ts';
import { openSmtpGrammar, SmtpFront } from './front.ts';
import { type SmtpCommand, smtpGrammar } from './grammar.ts';
import { type ReplyManners, readReply } from './replies.ts';
import { SmtpTalk } from './talk.ts';

/** SMTP submission (RFC 5321, 6409) with STARTTLS (RFC 3207) and AUTH (RFC 4954). */
export const smtp: Dialect<null> = {
  protocol: 'smtp',

  async requestTls(step) {
    const { server } = step;
    await awaitPlaintextGreeting(step);
    await readGreeting('smtp', step, () => welcome(step, 'strict'));

    step.waitFor('ehlo');
    const offered = await introduce(step);

    step.waitFor('starttls');
    const answer = await ask(step, 'STARTTLS', { manners: 'strict' });
    if (answer.code === 220) return;
    throw offered
      ? new Refused('starttls-refused', { code: 'starttls-refused', facts: { reply: answer.code } }, { server })
      : notOffered(server);
  },

  async greet(step: GreetingStep) {
    if (!step.greetingExpected) {
      const text = Buffer.from(`220 ${protocolText(step.server)} ESMTP ${ourName} ready\r\n`, 'latin1');
      return { text, next: 'sign-in', knowledge: null };
    }
    step.waitFor('greeting');
    const { lines } = await readGreeting('smtp', step, () => welcome(step, 'lenient'));
    return { text: inLines(...lines), next: 'sign-in', knowledge: null };
  },

  async signIn(step) {
    const { own, bounds } = step;
    const front = own && new SmtpFront(step, own);
    const talk = front ?? new SmtpTalk(step);
    const strategy: SignInStrategy<SmtpCommand> = front ? signInForProgram<SmtpCommand>(front, own) : passOnCredentials;
    const open = own?.admit === 'no-password';
    if (!bounds) return signIn(open ? openSmtpGrammar : smtpGrammar, talk, step, strategy);
    const submission = new BoundedSubmission(talk, { step, bounds, signIn: strategy, open });
    try {
      return await signIn(boundedGrammar(smtpGrammar), talk, step, submission.strategy);
    } catch (error) {
      // Devices leave without QUIT.
      if (error instanceof ChannelClosed && submission.betweenMessages) return 'closed';
      throw error;
    }
  },

  ownClient: (alone) => new SmtpFront(withoutProgram(alone), { admit: 'password' }),

  refuseGreeting: (message) => `421 4.7.0 ${ourName}: ${protocolText(message)}\r\n`,
};

/**
 * Says EHLO, under another name if the server rejects the first one. Never HELO: a server without extensions has no
 * STARTTLS either.
 *
 * @returns whether STARTTLS is offered
 */
async function introduce(step: PlaintextStep): Promise<boolean> {
  const { server } = step;
  let refused: SmtpReply | null = null;
  for (const name of ourNames(step.localAddress, hostname())) {
    const reply: SmtpReply | null = await ask(step, `EHLO ${name}`, { manners: 'strict', skipEmptyLines: true }).catch(
      (error: unknown) => {
        // A server that hangs up after a refusal has already said why.
        if (refused && error instanceof Refused && error.reason === 'upstream-closed') return null;
        throw error;
      },
    );
    if (!reply) break;
    const named = reply.lines.some((line) => (parseSmtpReplyLine(line)?.text ?? '').trim() !== '');
    if (reply.code === 250 && named) return offersStartTls(reply.lines);
    if (reply.code < 400) throw upstreamMisspoke(server, 'odd-ehlo');
    refused = reply;
    // The reply to an unknown command, or a farewell, is the same for every name.
    if (reply.code === 500 || reply.code === 502 || reply.code === 421) break;
  }
  const { code, lines } = refused ?? { code: 0, lines: [] };
  const said = Buffer.concat(lines).toString('latin1');
  if (code === 500 || code === 502 || (code === 504 && !dislikesName(said))) throw notOffered(server);
  throw turnedAway(server, said, 'smtp', 'introduction');
}

/** "Command parameter not implemented" (RFC 5321 §4.2.3) is also what Postfix says to a name that is not a full one. */
function dislikesName(said: string): boolean {
  const unknown = /\b(?:not|un)[ -]?(?:implemented|supported|recogni[sz]ed)/i.test(said);
  return !unknown && turnedAwayFinding(said, 'smtp', 'introduction').code === 'greeting-name-refused';
}

function notOffered(server: string): Refused {
  return new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server });
}

/** The server's greeting, when it is a welcome. Its lines may come slowly, on purpose (postscreen, tarpits). */
async function welcome(step: PlaintextStep, manners: ReplyManners['manners']): Promise<SmtpReply> {
  const reply = await replyBeforeSignIn(step, { manners, onLine: step.greetingBegan });
  if (reply.code === 220) return reply;
  throw turnedAway(step.server, Buffer.concat(reply.lines).toString('latin1'), 'smtp', 'greeting');
}

/** A reply before the sign-in, where a closed connection is a refusal. */
function replyBeforeSignIn(step: PlaintextStep, manners: ReplyManners): Promise<SmtpReply> {
  return orLeft(step.server, async () => {
    const reply = await readReply(step.upstream, step.server, step.signal, manners);
    for (const line of reply.lines) step.trace('server', line.toString('latin1'));
    return reply;
  });
}

async function ask(step: PlaintextStep, command: string, manners: ReplyManners): Promise<SmtpReply> {
  // Anything already buffered was sent before we asked for it. An empty line means nothing.
  for (let empty = 0; step.upstream.peek().toString('latin1', 0, 2) === '\r\n' && empty < maxEmptyLines; empty += 1) {
    await step.upstream.readLine(2, step.signal);
  }
  if (step.upstream.buffered > 0) throw upstreamMisspoke(step.server, 'unasked');
  step.trace('to-server', redactSmtpCommand(Buffer.from(command)));
  await send(step, Buffer.from(`${command}\r\n`));
  return replyBeforeSignIn(step, manners);
}

/** Some servers put an empty line after each answer. */
const maxEmptyLines = 4;
