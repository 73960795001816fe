import { Refused } from '../net/refused.ts';
import { isMechanism } from '../protocols/sasl-redaction.ts';
import { wayOf } from '../protocols/sign-in-way.ts';
import { lastQuestionMilliseconds, send, unaskedFor, upstreamLeft, upstreamMisspoke } from './clock.ts';
import type { SignInStep } from './dialect.ts';
import type { Answer, Command, ServerTalk } from './grammar.ts';
import { inLines } from './text-line.ts';

/** A command of one line. */
interface LineCommand extends Command {
  /** In upper case. */
  keyword: string;
  argument: string;
  /** Without its end. */
  line: Buffer;
}

/** How a server lets programs sign in, as it says itself: by user name and password, by SASL mechanisms. */
interface Offered {
  user: boolean;
  mechanisms: string[];
}

/**
 * The server's side of the sign-in where each command is one line, and a server lists what it offers when it is asked to:
 * POP3 (RFC 2449 §5) and NNTP (RFC 3977 §5.2).
 */
export abstract class CapabilityTalk<C extends LineCommand> implements ServerTalk<C> {
  protected readonly step: SignInStep;
  /** The lines of the last list of capabilities; null without one. */
  protected capabilities: readonly Buffer[] | null = null;
  #secret = false;
  /** Whether the last sign-in used a password. */
  #passwordTried = false;

  constructor(step: SignInStep) {
    this.step = step;
  }

  abstract admit(command: C): Promise<string | null>;

  /** Asks for the list. */
  protected abstract readonly question: C;
  protected abstract offeredBy(lines: readonly Buffer[]): Offered;
  /** True for a sign-in whose argument names a mechanism. */
  protected abstract namesMechanism(command: C): boolean;
  /** Reads the answer to a command, and keeps the list of capabilities if it is one. */
  protected abstract turn(command: C): Promise<Answer>;
  /** Reads what the server says unasked. @returns it, if that is its farewell; else null */
  protected abstract farewell(): Promise<Buffer | null>;

  /** Whether the server may know a secret by now, which it might repeat. */
  protected get secret(): boolean {
    return this.#secret;
  }

  async send(command: C): Promise<void> {
    this.#secret ||= command.secret;
    if (command.means === 'sign-in' || command.beginsSignIn) {
      // Refusing an unknown mechanism says nothing about the password.
      this.#passwordTried = !this.namesMechanism(command) || isMechanism(command.argument.trim().split(/\s+/)[0] ?? '');
    }
    await send(this.step, inLines(command.line));
  }

  async ask(command: C): Promise<Answer> {
    await this.send(command);
    return this.turn(command);
  }

  async respond(command: C, credentials: Buffer | null): Promise<Answer> {
    // '*' cancels the exchange (RFC 5034 §4, RFC 4643 §2.4.2).
    await send(this.step, inLines(credentials ?? Buffer.from('*')));
    const answer = await this.turn(command);
    if (credentials === null && answer.kind !== 'refused' && answer.kind !== 'closed')
      throw upstreamMisspoke(this.step.server, 'went-on');
    return answer;
  }

  /** Any other unsolicited answer is an attack or a fault. */
  async interrupt(): Promise<Answer> {
    const { upstream, server } = this.step;
    if (upstream.buffered === 0) throw upstreamLeft(server);
    const bytes = await this.farewell();
    if (bytes === null) throw unaskedFor(server);
    return { kind: 'closed', bytes };
  }

  /** Old programs do not ask for the capabilities, so Postern does; the program does not see it. */
  async takesTokensAlone(): Promise<boolean> {
    if (!this.#passwordTried) return false;
    const { user, mechanisms } = await this.offered();
    return wayOf(mechanisms, user) === 'oauth-only';
  }

  /** What the server says it offers; asked for if it has not been, and not `known` if the server does not say. */
  protected async offered(): Promise<Offered & { known: boolean }> {
    const { upstream, trace } = this.step;
    // A server that has hung up, or is about to say why, no longer answers.
    if (!this.capabilities && !upstream.ended && upstream.buffered === 0) {
      trace('to-server', this.question.shown);
      const timely = { ...this.question, replyMilliseconds: lastQuestionMilliseconds };
      await this.ask(timely).catch((error: unknown) => {
        // What it said before is for the program; the next turn shows what follows from it.
        if (!(error instanceof Refused)) throw error;
      });
    }
    return { ...this.offeredBy(this.capabilities ?? []), known: this.capabilities !== null };
  }
}
