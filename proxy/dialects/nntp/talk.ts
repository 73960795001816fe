import { Refused } from '../../net/refused.ts';
import { filterCapabilityLine, offeredByCapabilities } from '../../protocols/nntp-capabilities.ts';
import { redactNntpReply } from '../../protocols/nntp-redaction.ts';
import { isMechanism, redacted } from '../../protocols/redact.ts';
import { wayOf } from '../../protocols/sign-in-way.ts';
import { lastQuestionMilliseconds, send, serverAnswer, unaskedFor, upstreamLeft, upstreamMisspoke } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import type { Answer, ServerTalk } from '../grammar.ts';
import { inLines } from '../text-line.ts';
import { ourName } from '../words.ts';
import { type NntpAnswer, readAnswer, readAnswerLines } from './answers.ts';
import { type NntpCommand, readNntpCommand } from './grammar.ts';

/** A whole answer: its first line, and the lines after it as the news program may see them. */
interface WholeAnswer extends NntpAnswer {
  /** With ends and the lone dot; empty where there are none. */
  rest: Buffer;
}

/** The server's side of the sign-in: one answer for each command (RFC 3977 §3.2, RFC 4643 §2). */
export class NntpTalk implements ServerTalk<NntpCommand> {
  readonly #step: SignInStep;
  #secret = false;
  /** Whether the last sign-in was one that a password could have passed. */
  #passwordTried = false;
  /** The lines of the last answer to CAPABILITIES; null without one. */
  #capabilities: readonly Buffer[] | null = null;

  constructor(step: SignInStep) {
    this.#step = step;
  }

  async admit({ keyword }: NntpCommand): Promise<string | null> {
    // RFC 2980's other ways, which no server of today has: what follows them would be no command.
    if (!keyword.startsWith('AUTHINFO') || signInWords.has(keyword)) return null;
    return `501 ${ourName}: sign in by AUTHINFO USER and PASS, or AUTHINFO SASL.`;
  }

  async send(command: NntpCommand): Promise<void> {
    this.#secret ||= command.secret;
    if (command.means === 'sign-in' || command.beginsSignIn) {
      // Refusing an unknown mechanism says nothing about the password.
      this.#passwordTried =
        command.keyword !== 'AUTHINFO SASL' || isMechanism(command.argument.trim().split(/\s+/)[0] ?? '');
    }
    await send(this.#step, inLines(command.line));
  }

  async ask(command: NntpCommand): Promise<Answer> {
    await this.send(command);
    return this.#turn(command);
  }

  async respond(command: NntpCommand, credentials: Buffer | null): Promise<Answer> {
    // '*' cancels the exchange (RFC 4643 §2.4.2).
    await send(this.#step, inLines(credentials ?? Buffer.from('*')));
    const answer = await this.#turn(command);
    if (credentials === null && answer.kind !== 'refused' && answer.kind !== 'closed')
      throw upstreamMisspoke(this.#step.server, 'went-on');
    return answer;
  }

  /** A 400 is the server's farewell (RFC 3977 §3.2.1); anything else that is unprompted is an attack or a fault. */
  async interrupt(): Promise<Answer> {
    const { upstream, server } = this.#step;
    if (upstream.buffered === 0) throw upstreamLeft(server);
    const said = await this.#read(null);
    if (said.code !== 400) throw unaskedFor(server);
    return { kind: 'closed', bytes: bytesOf(said) };
  }

  /** Old programs do not ask for the capabilities: Postern does, unseen. */
  async takesTokensAlone(): Promise<boolean> {
    if (!this.#passwordTried) return false;
    const { user, mechanisms } = await this.offered();
    return wayOf(mechanisms, user) === 'oauth-only';
  }

  /** What the server says it offers; asked for if it has not been, and not `known` if the server does not say. */
  protected async offered(): Promise<{ user: boolean; mechanisms: string[]; known: boolean }> {
    const { upstream, trace } = this.#step;
    // A server that has hung up, or is about to say why, no longer answers.
    if (!this.#capabilities && !upstream.ended && upstream.buffered === 0) {
      trace('to-server', 'CAPABILITIES');
      const question = readNntpCommand(Buffer.from('CAPABILITIES'), null);
      await send(this.#step, inLines(question.line));
      await this.#read({ ...question, replyMilliseconds: lastQuestionMilliseconds }).catch((error: unknown) => {
        // What it did say is for the program; the next turn shows what comes of this.
        if (!(error instanceof Refused)) throw error;
      });
    }
    return { ...offeredByCapabilities(this.#capabilities ?? []), known: this.#capabilities !== null };
  }

  /** The lines of a list as the news program may see them. */
  protected shownLines({ keyword }: NntpCommand, lines: readonly Buffer[]): Buffer[] {
    if (keyword !== 'CAPABILITIES' && keyword !== 'LIST EXTENSIONS') return [...lines];
    return lines.flatMap((line) => filterCapabilityLine(line) ?? []);
  }

  async #turn(command: NntpCommand): Promise<Answer> {
    const said = await this.#read(command);
    const { code } = said;
    const bytes = bytesOf(said);
    const reply = said.line.toString('latin1');
    if (code === 400) {
      const signsIn = command.means === 'sign-in' || command.beginsSignIn;
      return { kind: 'closed', bytes, ...(signsIn ? { goodBye: reply } : {}) };
    }
    if (command.means === 'sign-in') {
      if (code === 281 || code === 283) return { kind: 'accepted', bytes };
      if (code === 383 && command.keyword === 'AUTHINFO SASL') return { kind: 'challenge', bytes };
      if (code < 400) throw unaskedFor(this.#step.server);
      return { kind: 'refused', bytes, counts: true, reply };
    }
    // 381 grants nothing yet: the password comes next.
    if (command.keyword === 'AUTHINFO USER' && code === 381) return { kind: 'refused', bytes, counts: false };
    if (command.keyword === 'AUTHINFO USER' && code < 400 && code !== 281) throw unaskedFor(this.#step.server);
    if (code < 400) return { kind: 'accepted', bytes };
    // "No such group", "no such article", "sign in first": a program that works its way through a list hears them often.
    return { kind: 'refused', bytes, counts: code >= 500, reply };
  }

  #read(command: NntpCommand | null): Promise<WholeAnswer> {
    const { upstream, server, signal } = this.#step;
    const milliseconds = Math.min(command?.replyMilliseconds ?? Infinity, this.#step.replyMilliseconds);
    // Raw bytes may follow: that the server grants, and where its answer ends, must be beyond doubt.
    const manners = command?.means === 'sign-in' || command?.means === 'raw' ? 'strict' : 'lenient';
    return serverAnswer(server, milliseconds, signal, async (timed) => {
      const begun = await readAnswer(upstream, server, timed, manners);
      this.#step.trace('server', redactNntpReply(begun.line, this.#secret));
      if (!command?.list?.includes(begun.code)) return { ...begun, rest: Buffer.alloc(0) };
      const all = await readAnswerLines(upstream, server, timed);
      const shown = this.shownLines(command, all);
      if (command.keyword === 'CAPABILITIES') {
        this.#capabilities = all;
        for (const line of shown) this.#step.trace('server', this.#secret ? redacted : line.toString('latin1'));
      }
      return { ...begun, rest: inLines(...shown, Buffer.from('.')) };
    });
  }
}

const signInWords: ReadonlySet<string> = new Set(['AUTHINFO USER', 'AUTHINFO PASS', 'AUTHINFO SASL']);

function bytesOf({ line, rest }: WholeAnswer): Buffer {
  return Buffer.concat([inLines(line), rest]);
}
