import { signInFinding } from '../../diagnosis/sign-in-reply.ts';
import { filterImapResponse, hasCapability, mechanismsIn } from '../../protocols/imap-capabilities.ts';
import { wantsId } from '../../protocols/imap-id.ts';
import { parseLiteralMark } from '../../protocols/imap-syntax.ts';
import { wayOf } from '../../protocols/sign-in-way.ts';
import { unaskedFor, upstreamLeft } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import type { Answer, ServerTalk } from '../grammar.ts';
import { failedSignIn } from '../refused-sign-in.ts';
import { inLines } from '../text-line.ts';
import { ourName, protocolText, refusalWords } from '../words.ts';
import { type ImapAnswer, ImapExchange, type ImapKnowledge } from './exchange.ts';
import type { ImapCommand } from './grammar.ts';
import { randomTag } from './responses.ts';

/** The longest literal that may be sent unasked with `LITERAL-` (RFC 7888). */
const maxLiteralMinus = 4096;

type Closed = Extract<Answer, { kind: 'closed' }>;
/** The goodbye was passed on as it came. */
const closed: Closed = { kind: 'closed', bytes: Buffer.alloc(0) };

/** The server's side of the sign-in. It may speak at any time (RFC 3501 §5.3); each command gets its tag back. */
export class ImapTalk implements ServerTalk<ImapCommand> {
  readonly #step: SignInStep;
  readonly #knowledge: ImapKnowledge;
  #secret = false;
  /** Whether the server knows which program is speaking to it. */
  #idSaid = false;
  #idleTalk: ImapExchange;
  /** The exchange of the last command sent. */
  #exchange: ImapExchange;

  constructor(step: SignInStep, knowledge: ImapKnowledge) {
    this.#step = step;
    this.#knowledge = knowledge;
    this.#idleTalk = new ImapExchange(step, knowledge, null, { shown: true, secret: false });
    this.#exchange = this.#idleTalk;
  }

  async admit({ tag, name, pieces }: ImapCommand): Promise<string | null | Closed> {
    const sizes = pieces.flatMap(({ line }) => {
      const mark = parseLiteralMark(line);
      return mark && !mark.synchronising ? [mark.size] : [];
    });
    if (name !== 'LOGIN' && sizes.length === 0) return null;
    const closed = await this.learnCapabilities();
    if (closed) return closed;
    const { capabilities } = this.#knowledge;
    // RFC 3501 §6.2.3: no LOGIN while the server forbids it.
    if (name === 'LOGIN' && hasCapability(capabilities, 'LOGINDISABLED'))
      return `${tag} NO [UNAVAILABLE] ${ourName}: ${this.#whyDisabled()}`;
    if (!capabilities || sizes.every((size) => takesUnasked(capabilities, size))) return null;
    return `${tag} BAD ${ourName}: the mail program sent a literal without waiting (LITERAL+, RFC 7888), which this mail server does not offer.`;
  }

  /** Asks for the capabilities where the server has not stated them. */
  protected async learnCapabilities(): Promise<Closed | null> {
    return this.#knowledge.capabilities ? null : this.#say('CAPABILITY');
  }

  /** Whether the mail program sees what the server says to a command. */
  protected shows(_command: ImapCommand): boolean {
    return true;
  }

  #whyDisabled(): string {
    if (!this.#tokensAlone()) return 'the mail server does not allow LOGIN (LOGINDISABLED).';
    const failed = failedSignIn(this.#step.server, '', 'password-in-vain');
    this.#step.note(failed);
    return protocolText(refusalWords(failed, this.#step.commandOptions));
  }

  async send(command: ImapCommand): Promise<void> {
    this.#begin(command);
    await this.#exchange.send(...command.pieces.map(({ line }) => inLines(line)));
  }

  async ask(command: ImapCommand): Promise<Answer> {
    const { name, means } = command;
    const { idWanted, server } = this.#step;
    if (name === 'ID') this.#idSaid = true;
    if (means === 'sign-in' && (idWanted || this.#knowledge.wantsId || wantsId(server))) {
      const closed = await this.#introduce();
      if (closed) return closed;
    }
    const answer = await this.#whole(command);
    if (!this.#demandsId(answer)) return answer;
    const closed = await this.#introduce();
    // The server got what it asked for: send the same again. Only the mail program can answer challenges again.
    return closed || name !== 'LOGIN' ? answer : this.#whole(command);
  }

  async #whole(command: ImapCommand): Promise<Answer> {
    this.#begin(command);
    return this.#answer(command, await this.#exchange.sendCommand(command.pieces));
  }

  async respond(command: ImapCommand, credentials: Buffer | null): Promise<Answer> {
    // '*' cancels the exchange (RFC 3501 §6.2.2).
    await this.#exchange.send(inLines(credentials ?? Buffer.from('*')));
    const answer = await this.#answer(command, await this.#exchange.answer());
    if (credentials === null && (answer.kind === 'challenge' || answer.kind === 'accepted'))
      throw unaskedFor(this.#step.server);
    if (this.#demandsId(answer)) await this.#introduce();
    return answer;
  }

  async interrupt(during: ImapCommand | null): Promise<Answer | null> {
    const exchange = during ? this.#exchange : this.#idleTalk;
    if (this.#step.upstream.buffered === 0) {
      if (exchange.goodBye) return this.#left(during);
      throw upstreamLeft(this.#step.server);
    }
    exchange.startClock();
    const answer = await exchange.next();
    return answer && this.#answer(during, answer);
  }

  async takesTokensAlone(): Promise<boolean> {
    return this.#tokensAlone();
  }

  #tokensAlone(): boolean {
    const { capabilities } = this.#knowledge;
    // Servers that accept LOGIN need not list it; only a refusal shows that they do not.
    return wayOf(mechanismsIn(capabilities), false) === 'oauth-only';
  }

  #begin(command: ImapCommand): void {
    const { tag, secret, means } = command;
    this.#secret ||= secret;
    this.#idleTalk = new ImapExchange(this.#step, this.#knowledge, null, { shown: true, secret: this.#secret });
    const options = {
      shown: this.shows(command),
      secret: this.#secret,
      signsIn: means === 'sign-in' || means === 'raw',
    };
    this.#exchange = new ImapExchange(this.#step, this.#knowledge, tag, options);
  }

  /** Whether the server refused the sign-in because it was not told which program is speaking. */
  #demandsId(answer: Answer): boolean {
    if (answer.kind !== 'refused' || this.#idSaid) return false;
    const demands = signInFinding(answer.reply ?? '', this.#step.server).code === 'id-wanted';
    if (demands) this.#step.noteIdWanted();
    return demands;
  }

  /** Tells the server which program is speaking, once, on behalf of one that has not said so. */
  async #introduce(): Promise<Closed | null> {
    if (this.#idSaid) return null;
    this.#idSaid = true;
    return this.#say(`ID ("name" "${ourName}")`);
  }

  /** Sends a command of our own to the server, unseen by the mail program. Whether it says OK or NO does not matter. */
  async #say(words: string): Promise<Closed | null> {
    while (this.#step.upstream.buffered > 0) {
      if (await this.interrupt(null)) return closed;
    }
    const tag = randomTag();
    const exchange = new ImapExchange(this.#step, this.#knowledge, tag, { shown: false, secret: this.#secret });
    this.#step.trace('to-server', `${tag} ${words}`);
    const answer = await exchange.sendCommand([{ line: Buffer.from(`${tag} ${words}`), literal: null }]);
    if (answer.kind === 'continuation') throw unaskedFor(this.#step.server);
    return answer.kind === 'closed' ? closed : null;
  }

  async #answer(command: ImapCommand | null, answer: ImapAnswer): Promise<Answer> {
    switch (answer.kind) {
      case 'closed':
        return this.#left(command);
      case 'continuation':
        if (command?.name !== 'AUTHENTICATE') throw unaskedFor(this.#step.server);
        return { kind: 'challenge', bytes: inLines(answer.line) };
      case 'untagged-no':
        return this.#withoutTag(command?.tag ?? '*', answer.line);
      case 'tagged': {
        const bytes = inLines(filterImapResponse(answer.line));
        if (answer.status === 'OK') return { kind: 'accepted', bytes };
        return { kind: 'refused', bytes, counts: true, reply: withoutFirstWord(answer.line) };
      }
    }
  }

  /** The server said goodbye. In place of an answer to a sign-in, its words may say why. */
  #left(command: ImapCommand | null): Closed {
    const { goodBye } = this.#exchange;
    return command?.means === 'sign-in' && goodBye ? { ...closed, goodBye: withoutFirstWord(goodBye) } : closed;
  }

  /**
   * The mail program gets its tagged answer in the server's place. What the server sends next could be the answer to
   * either command, so the session ends.
   */
  #withoutTag(tag: string, line: Buffer): Answer {
    const reply = withoutFirstWord(line);
    const { message, reason } = failedSignIn(this.#step.server, reply, 'password');
    const code = reason !== 'oauth-only' && /^NO \[AUTHENTICATIONFAILED\]/i.test(reply);
    const why = `${ourName}: ${protocolText(message)}`;
    const text = `${tag} NO [${code ? 'AUTHENTICATIONFAILED' : 'UNAVAILABLE'}] ${why}\r\n* BYE ${why}\r\n`;
    return { kind: 'closed', bytes: Buffer.from(text), reply };
  }
}

function withoutFirstWord(line: Buffer): string {
  return line.toString('latin1').replace(/^\S+ /, '');
}

function takesUnasked(capabilities: readonly string[], size: number): boolean {
  if (hasCapability(capabilities, 'LITERAL+')) return true;
  const some = hasCapability(capabilities, 'LITERAL-') || hasCapability(capabilities, 'IMAP4REV2');
  return some && size <= maxLiteralMinus;
}
