import { Refused } from '../../net/refused.ts';
import { filterAuthLine, filterCapaLine, offeredByCapa } from '../../protocols/pop3-capabilities.ts';
import { redactPop3Reply } from '../../protocols/pop3-redaction.ts';
import { answersWithLines } from '../../protocols/pop3-syntax.ts';
import { isMechanism, redacted } from '../../protocols/redact.ts';
import { wayOf } from '../../protocols/sign-in-way.ts';
import { lastQuestionMilliseconds, send, serverAnswer, unaskedFor, upstreamLeft, upstreamMisspoke } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import type { Answer, ServerTalk } from '../grammar.ts';
import { inLines } from '../text-line.ts';
import { ourName } from '../words.ts';
import { type Pop3Answer, readAnswer, readAnswerLines } from './answers.ts';
import { type Pop3Command, readPop3Command } from './grammar.ts';

/** What is known about a server before the sign-in. */
export interface Pop3Knowledge {
  /** False after STLS: the timestamp that APOP needs was in plaintext (RFC 2595 §4) and does not cross. */
  apop: boolean;
  /** Postern's own timestamp in the greeting, where it answers the sign-in. */
  stamp?: string;
}

/** A whole answer: its first line, and the lines after it as the mail program may see them. */
interface WholeAnswer extends Pop3Answer {
  /** With ends and the lone dot; empty where there are none. */
  rest: Buffer;
}

/** The server's side of the sign-in: one answer for each command (RFC 1939 §3, RFC 5034 §4). */
export class Pop3Talk implements ServerTalk<Pop3Command> {
  readonly #step: SignInStep;
  readonly #knowledge: Pop3Knowledge;
  #secret = false;
  /** Whether the last sign-in was one that a password could have passed. */
  #passwordTried = false;
  /** The lines of the last answer to CAPA; null without one. */
  #capabilities: readonly Buffer[] | null = null;

  constructor(step: SignInStep, knowledge: Pop3Knowledge) {
    this.#step = step;
    this.#knowledge = knowledge;
  }

  async admit({ keyword }: Pop3Command): Promise<string | null> {
    if (keyword !== 'APOP' || this.#knowledge.apop) return null;
    return `-ERR [SYS/PERM] ${ourName}: APOP is not possible here, since its stamp is only sent before encryption (STLS). Use USER and PASS: the connection to the mail server is encrypted.`;
  }

  async send(command: Pop3Command): Promise<void> {
    this.#secret ||= command.secret;
    if (command.means === 'sign-in' || command.beginsSignIn) {
      // Refusing an unknown mechanism says nothing about the password.
      this.#passwordTried = command.keyword !== 'AUTH' || isMechanism(command.argument.trim().split(/\s+/)[0] ?? '');
    }
    await send(this.#step, inLines(command.line));
  }

  async ask(command: Pop3Command): Promise<Answer> {
    return this.#exchange(command);
  }

  async respond(command: Pop3Command, credentials: Buffer | null): Promise<Answer> {
    // '*' cancels the exchange (RFC 5034 §4).
    await send(this.#step, inLines(credentials ?? Buffer.from('*')));
    const answer = await this.#turn(command);
    if (credentials === null && answer.kind !== 'refused') throw upstreamMisspoke(this.#step.server, 'went-on');
    return answer;
  }

  /** An unprompted `-ERR` is a farewell; anything else is an attack or a fault. */
  async interrupt(): Promise<Answer> {
    const { upstream, server } = this.#step;
    if (upstream.buffered === 0) throw upstreamLeft(server);
    const said = await this.#read(null);
    if (said.is !== 'error') throw unaskedFor(server);
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
      trace('to-server', 'CAPA');
      const question = readPop3Command(Buffer.from('CAPA'), null);
      await this.#exchange({ ...question, replyMilliseconds: lastQuestionMilliseconds }).catch((error: unknown) => {
        // What it did say is for the program; the next turn shows what comes of this.
        if (!(error instanceof Refused)) throw error;
      });
    }
    return { ...offeredByCapa(this.#capabilities ?? []), known: this.#capabilities !== null };
  }

  async #turn(command: Pop3Command): Promise<Answer> {
    const said = await this.#read(command);
    const bytes = bytesOf(said);
    switch (said.is) {
      case 'ok':
        return { kind: 'accepted', bytes };
      case 'error':
        return { kind: 'refused', bytes, counts: true, reply: said.line.toString('latin1') };
      case 'continue':
        if (command.keyword !== 'AUTH' || command.means !== 'sign-in') throw unaskedFor(this.#step.server);
        return { kind: 'challenge', bytes };
    }
  }

  async #exchange(command: Pop3Command): Promise<Answer> {
    await this.send(command);
    return this.#turn(command);
  }

  /** The lines of an answer as the mail program may see them. */
  protected shownLines(command: Pop3Command, lines: readonly Buffer[]): Buffer[] {
    return lines.flatMap((line) => filterFor(command)(line) ?? []);
  }

  #read(command: Pop3Command | null): Promise<WholeAnswer> {
    const { upstream, server, signal } = this.#step;
    const milliseconds = Math.min(command?.replyMilliseconds ?? Infinity, this.#step.replyMilliseconds);
    // Raw bytes may follow the answer to a sign-in: that it grants, and where it ends, must be beyond doubt.
    const [manners, odd] =
      command?.means === 'sign-in' ? (['strict', 'refusals'] as const) : (['lenient', 'all'] as const);
    return serverAnswer(server, milliseconds, signal, async (timed) => {
      const begun = await readAnswer(upstream, server, timed, manners, odd);
      this.#step.trace('server', redactPop3Reply(begun.line, this.#secret));
      if (!command || begun.is !== 'ok' || !answersWithLines(command)) return { ...begun, rest: Buffer.alloc(0) };
      const all: Buffer[] = [];
      await readAnswerLines(upstream, server, timed, (line) => void all.push(line));
      if (command.keyword === 'CAPA') this.#capabilities = all;
      const shown = this.shownLines(command, all);
      for (const line of shown) this.#step.trace('server', this.#secret ? redacted : line.toString('latin1'));
      return { ...begun, rest: inLines(...shown, Buffer.from('.')) };
    });
  }
}

function bytesOf({ line, rest }: WholeAnswer): Buffer {
  return Buffer.concat([inLines(line), rest]);
}

function filterFor({ keyword }: Pop3Command): (line: Buffer) => Buffer | null {
  if (keyword === 'CAPA') return filterCapaLine;
  return keyword === 'AUTH' ? filterAuthLine : (line) => line;
}
