import { redacted } from '../../protocols/sasl-redaction.ts';
import { isTokenMechanism } from '../../protocols/sign-in-way.ts';
import type { Offer } from '../../sasl/choice.ts';
import { type Attempt, type Front, localMechanisms, saslAttempt, wrongPasswordWords } from '../front.ts';
import type { Answer } from '../grammar.ts';
import { ourName } from '../words.ts';
import { type NntpCommand, readNntpCommand } from './grammar.ts';
import { NntpTalk } from './talk.ts';

/** The command with its mechanism and the initial response has 512 octets (RFC 4643 §2.4). */
const maxInitialLength = 450;

/** What may be asked of the server before the local password was given: nothing about what there is to read. */
const open: ReadonlySet<string> = new Set(['CAPABILITIES', 'DATE', 'HELP', 'MODE READER', 'QUIT']);

/** Postern between both sides of a news server (RFC 4643). */
export class NntpFront extends NntpTalk implements Front<NntpCommand> {
  #begun: NntpCommand = readNntpCommand(Buffer.from('AUTHINFO SASL'), null);
  /** Accepted with data for the mechanism (283): said once that has been looked at. */
  #held: Answer | null = null;

  override async admit(command: NntpCommand): Promise<string | null> {
    const { keyword } = command;
    if (keyword.startsWith('AUTHINFO')) return super.admit(command);
    return open.has(keyword) ? null : `480 ${ourName}: sign in first, with the local password.`;
  }

  override async ask(command: NntpCommand): Promise<Answer> {
    if (command.keyword !== 'AUTHINFO USER') return super.ask(command);
    return { kind: 'refused', counts: false, reply: '', bytes: Buffer.from(`381 ${ourName}: and the password\r\n`) };
  }

  protected override shownLines(command: NntpCommand, lines: readonly Buffer[]): Buffer[] {
    if (command.keyword !== 'CAPABILITIES') return super.shownLines(command, lines);
    const kept = lines.filter((line) => !/^\s*(?:AUTHINFO|SASL)\b/i.test(line.toString('latin1')));
    const own = ['AUTHINFO USER SASL', `SASL ${localMechanisms.join(' ')}`].map((line) => Buffer.from(line));
    // VERSION comes first (RFC 3977 §5.2).
    return [...super.shownLines(command, kept), ...own];
  }

  attempt({ keyword, argument, line }: NntpCommand): Attempt {
    if (keyword === 'AUTHINFO SASL') return saslAttempt(argument);
    const password = line.toString('utf8').replace(/^\s*\S+[ \t]+\S+[ \t]?/, '');
    return { kind: 'proof', proof: { kind: 'password', password } };
  }

  challenge(data: string): string {
    // "=" stands for nothing (RFC 4643 §2.4.2).
    return `383 ${data === '' ? '=' : data}`;
  }

  wrongPassword(): string {
    return `481 ${ourName}: ${wrongPasswordWords}`;
  }

  unknownMechanism(): string {
    return `503 ${ourName}: sign in by AUTHINFO USER and PASS, or AUTHINFO SASL with ${localMechanisms.join(', ')}.`;
  }

  async offer(): Promise<Offer> {
    const { user, mechanisms, known } = await this.offered();
    // INN lists SASL's mechanisms whether or not it knows a user by any of them; USER is listed where it works.
    const sasl = user ? mechanisms.filter(isTokenMechanism) : mechanisms;
    return { mechanisms: sasl, command: user || !known, stated: known };
  }

  maxInitial(): number {
    return maxInitialLength;
  }

  begin(mechanism: string, initial: string | null): Promise<Answer> {
    const said = initial === null ? '' : ` ${initial === '' ? '=' : initial}`;
    return this.#say(`AUTHINFO SASL ${mechanism}${said}`);
  }

  async goOn(data: string | null): Promise<Answer> {
    const held = this.#held;
    this.#held = null;
    if (held) return held;
    this.step.trace('to-server', redacted);
    // An empty answer is "=" (RFC 4643 §2.4.2).
    return this.#shownAsChallenge(
      await this.respond(this.#begun, data === null ? null : Buffer.from(data === '' ? '=' : data)),
    );
  }

  async byCommand(user: string, password: string): Promise<Answer> {
    const known = await this.#say(`AUTHINFO USER ${user}`);
    // 381 is neither a "no" nor a "yes".
    if (known.kind !== 'refused' || known.reply !== undefined) return known;
    return this.#say(`AUTHINFO PASS ${password}`);
  }

  async openMailbox(): Promise<null> {
    return null;
  }

  quit(): Promise<void> {
    return this.send(readNntpCommand(Buffer.from('QUIT'), null));
  }

  async enter(): Promise<Buffer> {
    return Buffer.from(`281 ${ourName}: signed in\r\n`);
  }

  async #say(line: string): Promise<Answer> {
    this.#begun = readNntpCommand(Buffer.from(line), null);
    this.step.trace('to-server', this.#begun.shown);
    return this.#shownAsChallenge(await super.ask(this.#begun));
  }

  /** The data of a 283 is the mechanism's last challenge, and needs no answer (RFC 4643 §2.4.2). */
  #shownAsChallenge(answer: Answer): Answer {
    if (answer.kind !== 'accepted' || !answer.bytes.toString('latin1', 0, 4).startsWith('283')) return answer;
    this.#held = answer;
    return { kind: 'challenge', bytes: answer.bytes };
  }
}
