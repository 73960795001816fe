import { redacted } from '../../protocols/sasl-redaction.ts';
import { wayOf } from '../../protocols/sign-in-way.ts';
import {
  boundedExtensions,
  filterEhloLines,
  offeredMechanisms,
  sizeLimit,
  withStartTls,
} from '../../protocols/smtp-capabilities.ts';
import { redactSmtpReply } from '../../protocols/smtp-redaction.ts';
import type { SmtpReply } from '../../protocols/smtp-reply.ts';
import { send, serverAnswer, unaskedFor, upstreamLeft, upstreamMisspoke } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import type { Answer, ServerTalk } from '../grammar.ts';
import { localTlsOffer } from '../local-tls-offer.ts';
import { inLines } from '../text-line.ts';
import { readSmtpCommand, type SmtpCommand } from './grammar.ts';
import { type ReplyManners, readReply, readReplyLine } from './replies.ts';

/** Some servers send a few empty lines between answers; more than this are a flood. */
const maxEmptyLines = 100;

/** Says nothing about this computer (RFC 5321 §4.1.3). */
export const plainName = '[127.0.0.1]';

/** How the answer behind a text is read: no raw bytes follow it (RFC 5321 §4.5.3.2.6). */
const sentText = { means: 'ask', replyMilliseconds: 10 * 60_000 } as const;

/** The server's side of the sign-in: one reply for each command (RFC 5321 §4.2, RFC 4954 §4). */
export class SmtpTalk implements ServerTalk<SmtpCommand> {
  readonly #step: SignInStep;
  #secret = false;
  #emptyLines = 0;
  /** The mechanisms of the last answer to EHLO; null without one. */
  #mechanisms: readonly string[] | null = null;
  /** The largest message that the server takes, in bytes, by its last answer to EHLO; null for any. */
  #sizeLimit: number | null = null;
  /** The program has switched to TLS since its last EHLO. */
  #newcomer = false;

  constructor(step: SignInStep) {
    this.#step = step;
  }

  async admit(_command: SmtpCommand): Promise<string | null | Extract<Answer, { kind: 'closed' }>> {
    return null;
  }

  async send(command: SmtpCommand): Promise<void> {
    this.#secret ||= command.secret;
    await send(this.#step, inLines(command.line));
  }

  async ask(command: SmtpCommand): Promise<Answer> {
    return this.#exchange(command);
  }

  async #exchange(command: SmtpCommand): Promise<Answer> {
    await this.send(command);
    const reply = await this.#reply(command);
    if (command.verb !== 'EHLO' || reply.code !== 250) return this.#answer(command, reply);
    this.#mechanisms = offeredMechanisms(reply.lines);
    this.#sizeLimit = sizeLimit(reply.lines);
    const all = this.shownExtensions(reply.lines);
    const followed = this.#step.bounds ? boundedExtensions(all) : all;
    const localTls = localTlsOffer(this.#step);
    return this.#answer(command, { ...reply, lines: localTls ? withStartTls(followed, localTls) : followed });
  }

  forgetProgram(): void {
    this.#mechanisms = null;
    this.#sizeLimit = null;
    this.#newcomer = true;
  }

  /** Whether it has to introduce itself before anything else: what it said before TLS is forgotten (RFC 3207 §4.2). */
  get newcomer(): boolean {
    return this.#newcomer;
  }

  get sizeLimit(): number | null {
    return this.#sizeLimit;
  }

  /** Passes an introduction on as EHLO, since only that tells what the server offers; HELO gets its one line. */
  async introduce({ verb, line }: SmtpCommand): Promise<Answer> {
    const ehlo = (name: string) => readSmtpCommand(Buffer.from(`EHLO ${name}`, 'latin1'), null);
    const name = line.toString('latin1').replace(/^\s*\S+\s*/, '') || plainName;
    let answer = await this.#exchange(ehlo(name));
    // Devices call themselves "printer", or nothing.
    if (answer.kind === 'refused' && answer.counts) answer = await this.#exchange(ehlo(plainName));
    if (answer.kind === 'accepted') this.#newcomer = false;
    if (verb === 'EHLO' || answer.kind !== 'accepted') return answer;
    return { kind: 'accepted', bytes: Buffer.from(`250 ${this.#step.server}\r\n`) };
  }

  /** The answer to a text or a chunk that has been sent. */
  async answerToText(command: SmtpCommand): Promise<Answer> {
    return this.#answer({ ...command, verb: '.' }, await this.#reply({ ...command, ...sentText }));
  }

  /** The answer to EHLO as the mail program may see it. */
  protected shownExtensions(lines: readonly Buffer[]): Buffer[] {
    return filterEhloLines(lines);
  }

  /** The mechanisms of the last answer to EHLO; null without one. */
  protected get mechanisms(): readonly string[] | null {
    return this.#mechanisms;
  }

  async respond(command: SmtpCommand, credentials: Buffer | null): Promise<Answer> {
    // '*' cancels the exchange (RFC 4954 §4).
    await send(this.#step, inLines(credentials ?? Buffer.from('*')));
    const reply = await this.#reply(command);
    if (credentials === null && reply.code < 400) throw upstreamMisspoke(this.#step.server, 'went-on');
    return this.#answer(command, reply);
  }

  /**
   * A 421 is the server's farewell (RFC 5321 §3.8), and an empty line is nothing; anything else is an attack or a
   * fault.
   */
  async interrupt(during: SmtpCommand | null): Promise<Answer | null> {
    const { upstream, server, signal } = this.#step;
    if (upstream.buffered === 0) throw upstreamLeft(server);
    if (/^\r{0,2}(?:\n|$)/.test(upstream.peek().toString('latin1', 0, 3))) {
      const line = await serverAnswer(server, this.#step.replyMilliseconds, signal, (timed) =>
        readReplyLine(upstream, server, 'lenient', timed),
      );
      this.#emptyLines += 1;
      if (line.length === 0 && this.#emptyLines <= maxEmptyLines) return null;
      throw upstreamMisspoke(server, 'not-smtp');
    }
    const reply = await this.#reply(null);
    // One that refuses a text before its end has stopped reading it.
    const early = reply.code >= 400 && (during?.verb === 'DATA' || during?.verb === 'BDAT');
    if (reply.code !== 421 && !early) throw unaskedFor(server);
    return this.#farewell(during, reply);
  }

  async takesTokensAlone(): Promise<boolean> {
    return this.#mechanisms !== null && wayOf(this.#mechanisms, false) === 'oauth-only';
  }

  #reply(command: SmtpCommand | null): Promise<SmtpReply> {
    const { upstream, server, signal, replyMilliseconds } = this.#step;
    const milliseconds = Math.max(command?.replyMilliseconds ?? 0, replyMilliseconds);
    // The raw phase may follow this answer: where it begins and ends must be unambiguous.
    const strict = command?.means === 'sign-in' || command?.means === 'raw';
    const manners: ReplyManners = strict
      ? { manners: 'strict', oddRefusals: true }
      : { manners: 'lenient', skipEmptyLines: true };
    return serverAnswer(server, milliseconds, signal, (timed) => readReply(upstream, server, timed, manners));
  }

  #farewell(command: SmtpCommand | null, reply: SmtpReply): Answer {
    const bytes = this.#shown(reply);
    if (command?.means !== 'sign-in') return { kind: 'closed', bytes };
    return { kind: 'closed', bytes, goodBye: textOf(reply) };
  }

  #answer(command: SmtpCommand, reply: SmtpReply): Answer {
    const { verb } = command;
    const { code, lines } = reply;
    if (verb === 'AUTH' && code === 334) {
      this.#step.trace('server', `334 ${redacted}`);
      return { kind: 'challenge', bytes: inLines(...lines) };
    }
    if (code === 421) return this.#farewell(command, reply);
    const bytes = this.#shown(reply);
    const accepted = verb === 'AUTH' ? code === 235 : verb === 'DATA' ? code === 354 : code < 400;
    if (accepted) return { kind: 'accepted', bytes };
    return { kind: 'refused', bytes, counts: code >= 500, ...(code < 400 ? {} : { reply: textOf(reply) }) };
  }

  /** The reply for the mail program, once the trace has it. */
  #shown({ lines }: SmtpReply): Buffer {
    for (const line of lines)
      this.#step.trace('server', this.#secret ? redactSmtpReply(line) : line.toString('latin1'));
    return inLines(...lines);
  }
}

/** All lines, to be recognised. */
const textOf = ({ lines }: SmtpReply) => Buffer.concat(lines).toString('latin1');
