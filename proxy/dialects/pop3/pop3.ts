import { makeStamp } from '../../gate/local-password.ts';
import { Refused } from '../../net/refused.ts';
import { argumentsOf } from '../../protocols/capability-lines.ts';
import { redactPop3Reply } from '../../protocols/pop3-redaction.ts';
import { lastQuestionMilliseconds, orLeft, send, upstreamMisspoke, within } from '../clock.ts';
import type { Dialect, PlaintextStep } from '../dialect.ts';
import { readGreeting, turnedAway } from '../greeting.ts';
import { signIn } from '../sign-in.ts';
import { signInForProgram } from '../sign-in-for-program.ts';
import { inLines, type Manners } from '../text-line.ts';
import { awaitPlaintextGreeting } from '../tls-mix-up.ts';
import { withoutProgram } from '../without-program.ts';
import { ourName, protocolText } from '../words.ts';
import { type Pop3Answer, readAnswer, readAnswerLines } from './answers.ts';
import { Pop3Front } from './front.ts';
import { pop3Grammar } from './grammar.ts';
import { type Pop3Knowledge, Pop3Talk } from './talk.ts';

/** POP3 (RFC 1939, 2449) with STLS (RFC 2595), APOP and AUTH (RFC 5034). */
export const pop3: Dialect<Pop3Knowledge> = {
  protocol: 'pop3',

  async requestTls(step) {
    const { server } = step;
    await awaitPlaintextGreeting(step);
    await readGreeting('pop3', step, () => welcome(step, 'strict'));

    step.waitFor('stls');
    const { is } = await ask(step, 'STLS');
    if (is === 'ok') return;
    if (is === 'continue') throw upstreamMisspoke(server, 'odd-stls');
    throw await whyRefused(step);
  },

  async greet(step) {
    if (step.own) {
      if (step.greetingExpected) {
        step.waitFor('greeting');
        await readGreeting('pop3', step, () => welcome(step, 'lenient'));
      }
      const stamp = makeStamp();
      const text = Buffer.from(`+OK ${ourName} ready ${stamp}\r\n`);
      return { text, next: 'sign-in', knowledge: { apop: true, stamp } };
    }
    // No round trip after STLS, and no timestamp: APOP's was in plaintext (RFC 2595 §4).
    if (!step.greetingExpected)
      return { text: Buffer.from(`+OK ${ourName} ready\r\n`), next: 'sign-in', knowledge: { apop: false } };
    step.waitFor('greeting');
    const { line } = await readGreeting('pop3', step, () => welcome(step, 'lenient'));
    return { text: inLines(line), next: 'sign-in', knowledge: { apop: true } };
  },

  signIn(step, knowledge) {
    if (!step.own) return signIn(pop3Grammar, new Pop3Talk(step, knowledge), step);
    const front = new Pop3Front(step, knowledge);
    return signIn(pop3Grammar, front, step, signInForProgram(front, step.own));
  },

  ownClient: (alone, knowledge) => new Pop3Front(withoutProgram(alone), knowledge),

  refuseGreeting: (message) => `-ERR [SYS/TEMP] ${ourName}: ${protocolText(message)}\r\n`,
};

/** The server's greeting, when it is a welcome. */
async function welcome(step: PlaintextStep, manners: Manners): Promise<Pop3Answer> {
  const greeting = await answer(step, manners);
  if (greeting.is === 'ok') return greeting;
  if (greeting.is === 'error') throw turnedAway(step.server, greeting.line.toString('latin1'), 'pop3', 'greeting');
  throw upstreamMisspoke(step.server, 'greeting-not-pop3');
}

/** An answer before the sign-in, where a closed connection is a refusal. */
function answer(step: PlaintextStep, manners: Manners): Promise<Pop3Answer> {
  return orLeft(step.server, async () => {
    const read = await readAnswer(step.upstream, step.server, step.signal, manners);
    step.trace('server', redactPop3Reply(read.line, false));
    return read;
  });
}

async function ask(step: PlaintextStep, command: 'CAPA' | 'STLS'): Promise<Pop3Answer> {
  // Anything already buffered was sent before we asked for it.
  if (step.upstream.buffered > 0) throw upstreamMisspoke(step.server, 'unasked');
  step.trace('to-server', command);
  await send(step, Buffer.from(`${command}\r\n`));
  return answer(step, 'strict');
}

/** STLS was refused: finds out whether it had been offered. */
async function whyRefused(step: PlaintextStep): Promise<Refused> {
  let offered = false;
  step.waitFor('capa');
  const onTime = () => new Error('no answer');
  await within(lastQuestionMilliseconds, step.signal, onTime, async (signal) => {
    const { is } = await ask({ ...step, signal }, 'CAPA');
    if (is !== 'ok') return;
    const each = (line: Buffer) => {
      step.trace('server', line.toString('latin1'));
      if (argumentsOf([line], 'STLS')) offered = true;
    };
    await readAnswerLines(step.upstream, step.server, signal, each, 'strict');
  }).catch(() => undefined);
  return offered
    ? new Refused('starttls-refused', { code: 'starttls-refused' }, { server: step.server })
    : new Refused('starttls-not-offered', { code: 'plaintext-only' }, { server: step.server });
}
