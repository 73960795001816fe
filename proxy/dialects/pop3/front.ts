import { filterCapabilityLine } from '../../protocols/capability-lines.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import type { Offer } from '../../sasl/choice.ts';
import type { SignInStep } from '../dialect.ts';
import { type Attempt, type Front, localMechanisms, saslAttempt, wrongPasswordWords } from '../front.ts';
import type { Answer } from '../grammar.ts';
import { inLines } from '../text-line.ts';
import { ourName } from '../words.ts';
import { type Pop3Command, readPop3Command } from './grammar.ts';
import { type Pop3Knowledge, Pop3Talk } from './talk.ts';

/** Postern between both sides of a mailbox (RFC 1939, RFC 5034). */
export class Pop3Front extends Pop3Talk implements Front<Pop3Command> {
  readonly #stamp: string;
  #begun: Pop3Command = readPop3Command(Buffer.from('AUTH'), null);

  constructor(step: SignInStep, knowledge: Pop3Knowledge) {
    super(step, knowledge);
    this.#stamp = knowledge.stamp ?? '';
  }

  override async admit(): Promise<null> {
    return null;
  }

  override async ask(command: Pop3Command): Promise<Answer> {
    const accepted = (...lines: string[]): Answer => ({
      kind: 'accepted',
      bytes: inLines(...lines.map((line) => Buffer.from(line))),
    });
    if (command.keyword === 'USER') return accepted('+OK');
    if (command.keyword === 'AUTH' && command.means === 'ask') return accepted('+OK', ...localMechanisms, '.');
    return super.ask(command);
  }

  protected override shownLines(command: Pop3Command, lines: readonly Buffer[]): Buffer[] {
    if (command.keyword !== 'CAPA') return super.shownLines(command, lines);
    const kept = lines.filter((line) => !/^\s*(?:USER|SASL|APOP)\b/i.test(line.toString('latin1')));
    const own = ['USER', `SASL ${localMechanisms.join(' ')}`].map((line) => Buffer.from(line));
    return [...own, ...kept.flatMap((line) => filterCapabilityLine(line, 'STLS') ?? [])];
  }

  attempt({ keyword, argument, line }: Pop3Command): Attempt {
    if (keyword === 'AUTH') return saslAttempt(argument);
    if (keyword === 'PASS') {
      // A password may begin and end with blanks: one separates it from the command (RFC 1939 §7).
      const password = line.toString('utf8').replace(/^\s*\S+ ?/, '');
      return { kind: 'proof', proof: { kind: 'password', password } };
    }
    const digest = /\s([0-9a-f]{32})\s*$/i.exec(argument)?.[1];
    if (digest === undefined) return { kind: 'malformed' };
    return { kind: 'proof', proof: { kind: 'apop', stamp: this.#stamp, digest } };
  }

  challenge(data: string): string {
    return `+ ${data}`;
  }

  wrongPassword(): string {
    return `-ERR [AUTH] ${ourName}: ${wrongPasswordWords}`;
  }

  unknownMechanism(): string {
    return `-ERR [SYS/PERM] ${ourName}: sign in by USER and PASS, APOP, or AUTH with ${localMechanisms.join(', ')}.`;
  }

  async offer(): Promise<Offer> {
    const { user, mechanisms, known } = await this.offered();
    return { mechanisms, command: user || !known, stated: known };
  }

  /** RFC 5034 §4: a line has 255 octets, too few for a token; Microsoft requires two lines in any case. */
  maxInitial(): number {
    return 0;
  }

  begin(mechanism: string): Promise<Answer> {
    return this.#say(`AUTH ${mechanism}`);
  }

  goOn(data: string | null): Promise<Answer> {
    this.step.trace('to-server', redacted);
    return this.respond(this.#begun, data === null ? null : Buffer.from(data));
  }

  async byCommand(user: string, password: string): Promise<Answer> {
    const known = await this.#say(`USER ${user}`);
    return known.kind === 'accepted' ? this.#say(`PASS ${password}`) : known;
  }

  openMailbox(): Promise<Answer> {
    return super.ask(readPop3Command(Buffer.from('STAT'), null));
  }

  quit(): Promise<void> {
    return this.send(readPop3Command(Buffer.from('QUIT'), null));
  }

  #say(line: string): Promise<Answer> {
    this.#begun = readPop3Command(Buffer.from(line), null);
    this.step.trace('to-server', this.#begun.shown);
    return super.ask(this.#begun);
  }

  async enter(_command: Pop3Command, { bytes }: { bytes: Buffer }): Promise<Buffer> {
    return bytes;
  }
}
