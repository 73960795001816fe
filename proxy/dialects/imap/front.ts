import { hasCapability, mechanismsIn } from '../../protocols/imap-capabilities.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import type { Offer } from '../../sasl/choice.ts';
import type { SignInStep } from '../dialect.ts';
import { type Attempt, type Front, localMechanisms, saslAttempt, wrongPasswordWords } from '../front.ts';
import type { Answer } from '../grammar.ts';
import { ourName } from '../words.ts';
import type { ImapKnowledge } from './exchange.ts';
import { type ImapCommand, imapCommand } from './grammar.ts';
import type { CommandPiece } from './literals.ts';
import { loginArguments } from './login-arguments.ts';
import { randomTag } from './responses.ts';
import { ImapTalk } from './talk.ts';

/** With SASL-IR (RFC 4959); a command line is best kept below 8,192 octets (RFC 7162 §4). */
const maxInitialLength = 8000;

/** Postern between both sides of a mailbox (RFC 3501, RFC 9051). */
export class ImapFront extends ImapTalk implements Front<ImapCommand> {
  readonly #step: SignInStep;
  readonly #knowledge: ImapKnowledge;
  #begun: ImapCommand | null = null;
  /** What the server had stated before the sign-in. */
  #before: readonly string[] | null = null;

  constructor(step: SignInStep, knowledge: ImapKnowledge) {
    super(step, knowledge);
    this.#step = step;
    this.#knowledge = knowledge;
  }

  override async admit(command: ImapCommand) {
    if (command.means === 'sign-in') return null;
    if (command.means === 'raw') return `${command.tag} BAD ${ourName}: sign in first.`;
    return super.admit(command);
  }

  /** What the server says to our sign-in may contain words that make a mail program drop its password. */
  protected override shows({ means }: ImapCommand): boolean {
    return means !== 'sign-in';
  }

  attempt({ name, argument, pieces }: ImapCommand): Attempt {
    if (name === 'AUTHENTICATE') return saslAttempt(argument);
    const given = loginArguments(pieces);
    if (given?.length !== 2) return { kind: 'malformed' };
    return { kind: 'proof', proof: { kind: 'password', password: given[1]?.toString('utf8') ?? '' } };
  }

  challenge(data: string): string {
    return `+ ${data}`;
  }

  wrongPassword({ tag }: ImapCommand): string {
    return `${tag} NO [AUTHENTICATIONFAILED] ${ourName}: ${wrongPasswordWords}`;
  }

  unknownMechanism({ tag }: ImapCommand): string {
    return `${tag} NO [CANNOT] ${ourName}: sign in by LOGIN, or AUTHENTICATE with ${localMechanisms.join(', ')}.`;
  }

  async offer(): Promise<Offer> {
    await this.learnCapabilities();
    const { capabilities } = this.#knowledge;
    const command = !hasCapability(capabilities, 'LOGINDISABLED');
    return { mechanisms: mechanismsIn(capabilities), command, stated: true };
  }

  maxInitial(): number {
    return hasCapability(this.#knowledge.capabilities, 'SASL-IR') ? maxInitialLength : 0;
  }

  begin(mechanism: string, initial: string | null): Promise<Answer> {
    this.#before = this.#knowledge.capabilities;
    const said = initial === null ? '' : ` ${initial === '' ? '=' : initial}`;
    return this.#say([{ line: Buffer.from(`AUTHENTICATE ${mechanism}${said}`), literal: null }]);
  }

  goOn(data: string | null): Promise<Answer> {
    this.#step.trace('to-server', redacted);
    return this.respond(this.#begun as ImapCommand, data === null ? null : Buffer.from(data));
  }

  byCommand(user: string, password: string): Promise<Answer> {
    this.#before = this.#knowledge.capabilities;
    const texts = [user, password].map((text) => Buffer.from(text));
    const quotable = texts.every((bytes) => bytes.length < 500 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f));
    if (quotable) {
      const quoted = texts.map((bytes) => `"${bytes.toString('latin1').replace(/["\\]/g, '\\$&')}"`);
      return this.#say([{ line: Buffer.from(`LOGIN ${quoted.join(' ')}`), literal: null }]);
    }
    const [first, second] = texts as [Buffer, Buffer];
    return this.#say([
      { line: Buffer.from(`LOGIN {${first.length}}`), literal: { bytes: first, synchronising: true } },
      { line: Buffer.from(` {${second.length}}`), literal: { bytes: second, synchronising: true } },
      { line: Buffer.alloc(0), literal: null },
    ]);
  }

  openMailbox(): Promise<Answer> {
    return super.ask(imapCommand(randomTag(), [{ line: Buffer.from('EXAMINE INBOX'), literal: null }]));
  }

  quit(): Promise<void> {
    return this.send(imapCommand(randomTag(), [{ line: Buffer.from('LOGOUT'), literal: null }]));
  }

  #say(pieces: readonly CommandPiece[]): Promise<Answer> {
    const command = imapCommand(randomTag(), pieces);
    this.#begun = command;
    this.#step.trace('to-server', command.shown);
    return super.ask(command);
  }

  /** The server's own words, under the program's tag, with the capabilities that it has stated meanwhile. */
  async enter({ tag }: ImapCommand, { bytes }: { bytes: Buffer }): Promise<Buffer> {
    const line = bytes.toString('latin1').replace(/^\S+/, tag);
    const { capabilities } = this.#knowledge;
    const stated = /\[\s*CAPABILITY\b/i.test(line) || !capabilities || capabilities === this.#before;
    const list = stated ? '' : `* CAPABILITY ${capabilities.join(' ')}\r\n`;
    return Buffer.from(`${list}${line}`, 'latin1');
  }
}
