import { redacted } from '../../protocols/sasl-redaction.ts';
import { filterEhloLines } from '../../protocols/smtp-capabilities.ts';
import type { Offer } from '../../sasl/choice.ts';
import type { SignInStep } from '../dialect.ts';
import {
  type Attempt,
  type Front,
  localMechanisms,
  type OwnSignIn,
  saslAttempt,
  wrongPasswordWords,
} from '../front.ts';
import type { Answer, Grammar } from '../grammar.ts';
import { ourName } from '../words.ts';
import { readSmtpCommand, type SmtpCommand, smtpGrammar } from './grammar.ts';
import { plainName, SmtpTalk } from './talk.ts';

/** A command line has 512 octets (RFC 5321 §4.5.3.1.4); many servers accept longer ones with AUTH, but not all. */
const maxInitialLength = 450;

/** For a mail program that need not sign in: its first sender takes the place of the sign-in. */
export const openSmtpGrammar: Grammar<SmtpCommand> = {
  ...smtpGrammar,
  async read(client, signal) {
    const command = await smtpGrammar.read(client, signal);
    return command.verb === 'MAIL' ? { ...command, means: 'sign-in' } : command;
  },
};

/** Postern between both sides of a submission (RFC 4954). */
export class SmtpFront extends SmtpTalk implements Front<SmtpCommand> {
  readonly #step: SignInStep;
  readonly #open: boolean;
  #entered = false;
  #begun: SmtpCommand = readSmtpCommand(Buffer.from('AUTH'), null);

  constructor(step: SignInStep, { admit }: Pick<OwnSignIn, 'admit'>) {
    super(step);
    this.#step = step;
    this.#open = admit === 'no-password';
  }

  override async admit({ verb }: SmtpCommand) {
    if (this.#entered) return null;
    // RFC 4954 §6. The server might accept the message without: it is not asked.
    if (verb === 'MAIL' && !this.#open) return `530 5.7.0 ${ourName}: sign in first, with the local password.`;
    if (verb === 'RCPT' || verb === 'DATA') return `503 5.5.1 ${ourName}: MAIL comes first.`;
    if (verb !== 'BDAT') return null;
    // The chunk that follows is no command.
    return { kind: 'closed' as const, bytes: Buffer.from(`421 4.7.0 ${ourName}: MAIL comes first. Good-bye.\r\n`) };
  }

  /** A program that knows only HELO gets its answer; the server is asked for what it offers. */
  override async ask(command: SmtpCommand): Promise<Answer> {
    return command.verb === 'EHLO' || command.verb === 'HELO' ? this.introduce(command) : super.ask(command);
  }

  protected override shownExtensions(lines: readonly Buffer[]): Buffer[] {
    return filterEhloLines(lines, this.#open ? [] : localMechanisms);
  }

  attempt({ verb, line }: SmtpCommand): Attempt {
    return verb === 'MAIL' ? { kind: 'open' } : saslAttempt(line.toString('latin1').replace(/^\s*\S+/, ''));
  }

  challenge(data: string): string {
    return `334 ${data}`;
  }

  wrongPassword(): string {
    return `535 5.7.8 ${ourName}: ${wrongPasswordWords}`;
  }

  unknownMechanism(): string {
    return `504 5.5.4 ${ourName}: sign in by ${localMechanisms.join(', ')}.`;
  }

  async offer(): Promise<Offer> {
    if (!this.mechanisms) await super.ask(readSmtpCommand(Buffer.from(`EHLO ${plainName}`), null));
    return { mechanisms: this.mechanisms ?? [], command: false, stated: true };
  }

  maxInitial(): number {
    return maxInitialLength;
  }

  begin(mechanism: string, initial: string | null): Promise<Answer> {
    const said = initial === null ? '' : ` ${initial === '' ? '=' : initial}`;
    this.#begun = readSmtpCommand(Buffer.from(`AUTH ${mechanism}${said}`), null);
    this.#step.trace('to-server', this.#begun.shown);
    return super.ask(this.#begun);
  }

  goOn(data: string | null): Promise<Answer> {
    this.#step.trace('to-server', redacted);
    return this.respond(this.#begun, data === null ? null : Buffer.from(data));
  }

  /** SMTP has no such command, and none is offered. */
  byCommand(): Promise<Answer> {
    throw new Error('SMTP has no command of its own to sign in by.');
  }

  /** Sending has none. */
  async openMailbox(): Promise<null> {
    return null;
  }

  quit(): Promise<void> {
    return this.send(readSmtpCommand(Buffer.from('QUIT'), null));
  }

  async enter(command: SmtpCommand, { bytes }: { bytes: Buffer }): Promise<Buffer> {
    this.#entered = true;
    if (command.verb !== 'MAIL') return bytes;
    if (this.#step.bounds) return Buffer.alloc(0);
    // The server's answer is for the program, and comes with the raw bytes.
    await this.send(command);
    return Buffer.alloc(0);
  }
}
