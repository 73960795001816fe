import { goodByeFinding } from '../../diagnosis/sign-in-reply.ts';
import { Refused } from '../../net/refused.ts';
import { capabilitiesIn, filterImapResponse } from '../../protocols/imap-capabilities.ts';
import { redactImapResponse } from '../../protocols/imap-redaction.ts';
import { send, serverAnswer, unaskedFor, upstreamSilent } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import { localTlsOffer } from '../local-tls-offer.ts';
import { inLines } from '../text-line.ts';
import type { CommandPiece } from './literals.ts';
import { type ImapResponse, type ResponseBudget, readImapResponse, signInBudget } from './responses.ts';

/** What the server said about itself inside TLS. */
export interface ImapKnowledge {
  /** As spelled by the server, unfiltered; null while unknown. */
  capabilities: readonly string[] | null;
  /** Whether its greeting is one of those that admit only clients that send ID. */
  wantsId?: boolean;
  /** The mechanisms that the mail program sees in place of the server's, where Postern answers the sign-in. */
  own?: readonly string[];
}

/** The end of an exchange, or the server's turn within it. `closed`: the server said goodbye. */
export type ImapAnswer =
  | { kind: 'continuation'; line: Buffer }
  | { kind: 'tagged'; status: 'OK' | 'NO' | 'BAD'; line: Buffer }
  /** Nothing followed an untagged NO: that was the answer. */
  | { kind: 'untagged-no'; line: Buffer }
  | { kind: 'closed' };

/**
 * How long a tagged answer may lag behind an untagged NO that says the sign-in failed, in milliseconds. Some servers
 * say no more than that.
 */
const lateMilliseconds = 5_000;

/** Codes that only a failed sign-in has (RFC 5530 §3). */
const failures: ReadonlySet<string> = new Set(['AUTHENTICATIONFAILED', 'AUTHORIZATIONFAILED', 'EXPIRED']);

/**
 * The server's side of the sign-in. Untagged responses go to the mail program as they come, filtered; every tagged
 * answer must belong to a command that was sent (RFC 3501 §2.2.2).
 */
export class ImapExchange {
  readonly #step: SignInStep;
  readonly #knowledge: ImapKnowledge;
  /** The tag being waited for, or null between commands. */
  readonly #tag: string | null;
  readonly #shown: boolean;
  readonly #secret: boolean;
  readonly #budget: ResponseBudget;
  readonly #signsIn: boolean;
  #endsAt = 0;
  #goodBye: Buffer | null = null;
  /** The last untagged NO in answer to a sign-in. */
  #untaggedNo: Buffer | null = null;

  /**
   * @param tag the command's tag, or null for what the server says between commands
   * @param options `shown`: whether the mail program sees the answers; `secret`: whether they may repeat a secret;
   *   `signsIn`: whether raw bytes may follow
   */
  constructor(
    step: SignInStep,
    knowledge: ImapKnowledge,
    tag: string | null,
    options: { shown: boolean; secret: boolean; signsIn?: boolean },
  ) {
    this.#step = step;
    this.#knowledge = knowledge;
    this.#tag = tag;
    this.#shown = options.shown;
    this.#secret = options.secret;
    this.#signsIn = options.signsIn ?? false;
    // The raw phase may follow the answer to a sign-in, so its end must be unambiguous.
    this.#budget = signInBudget(this.#signsIn ? 'strict' : 'lenient');
  }

  /** The line with which the server said goodbye, or null. */
  get goodBye(): Buffer | null {
    return this.#goodBye;
  }

  /** Restarts the server's time to answer. */
  startClock(): void {
    this.#endsAt = performance.now() + this.#step.replyMilliseconds;
  }

  /** Sends one line, or bytes, and starts the clock for the answer. */
  async send(...parts: readonly Buffer[]): Promise<void> {
    this.startClock();
    this.#untaggedNo = null;
    await send(this.#step, Buffer.concat(parts));
  }

  /** Sends a whole command, waiting for the go-ahead where its literals do; returns the server's next turn. */
  async sendCommand(pieces: readonly CommandPiece[]): Promise<ImapAnswer> {
    for (const { line, literal } of pieces) {
      if (!literal?.synchronising) {
        await this.send(inLines(line), literal?.bytes ?? nothing);
        continue;
      }
      await this.send(inLines(line));
      const answer = await this.answer();
      if (answer.kind !== 'continuation') return answer;
      await this.send(literal.bytes);
    }
    return this.answer();
  }

  /** Reads on until the server's turn is over. The line that ends it is not passed on yet. */
  async answer(): Promise<ImapAnswer> {
    for (;;) {
      const answer = await this.next();
      if (answer) return answer;
    }
  }

  /** Reads one response before the running clock expires. Null: untagged, dealt with, more may come. */
  async next(): Promise<ImapAnswer | null> {
    const response = await this.#read();
    if (!response) return this.#untaggedNo ? { kind: 'untagged-no', line: this.#untaggedNo } : { kind: 'closed' };
    const { line, is } = response;
    this.#step.trace('server', redactImapResponse(line, this.#secret, this.#tag));
    this.#knowledge.capabilities = capabilitiesIn(line) ?? this.#knowledge.capabilities;
    if (is.kind === 'continuation' && this.#tag !== null) return { kind: 'continuation', line };
    if (is.kind === 'status' && is.tag === this.#tag && is.status !== 'BYE') {
      if (!this.#goodBye) return { kind: 'tagged', status: is.status as 'OK' | 'NO' | 'BAD', line };
      await this.#passOn(response);
      return { kind: 'closed' };
    }
    if (is.kind === 'status' && is.tag === this.#tag) {
      if (this.#signsIn) {
        const { server } = this.#step;
        throw new Refused('upstream-protocol', goodByeFinding(line.toString('latin1'), server), { server });
      }
      // A goodbye has no tag (RFC 3501 §7.1.5): the mail program gets it without.
      await this.#passOn({ ...response, line: Buffer.concat([Buffer.from('*'), line.subarray(is.tag.length)]) });
      return { kind: 'closed' };
    }
    const untagged = is.kind === 'data' || (is.kind === 'status' && is.tag === '*' && is.status !== 'PREAUTH');
    if (!untagged) throw unaskedFor(this.#step.server);
    const goodBye = is.kind === 'status' && is.status === 'BYE';
    if (this.#shown || goodBye) await this.#passOn(response);
    if (this.#signsIn && is.kind === 'status' && is.status === 'NO') this.#mayBeAll(line, is.code);
    if (!goodBye) return null;
    // After a goodbye, the tagged answer to the command may still come.
    this.#goodBye = line;
    return this.#tag === null ? { kind: 'closed' } : null;
  }

  #mayBeAll(line: Buffer, code: string | null): void {
    this.#untaggedNo = line;
    if (failures.has(code ?? '')) this.#endsAt = Math.min(this.#endsAt, performance.now() + lateMilliseconds);
  }

  /** Passes the line that ended the server's turn to the mail program. */
  async passOn(line: Buffer): Promise<void> {
    await this.#step.client.write(inLines(this.#filtered(line)), this.#step.signal);
  }

  async #passOn({ line, tail }: ImapResponse): Promise<void> {
    await this.#step.client.write(Buffer.concat([inLines(this.#filtered(line)), tail]), this.#step.signal);
  }

  #filtered(line: Buffer): Buffer {
    const { own } = this.#knowledge;
    const localTls = this.#signsIn ? null : localTlsOffer(this.#step);
    return filterImapResponse(line, { ...(own && { own }), localTls });
  }

  /** One response within the time left for the whole answer; null when the one before has to serve as the answer. */
  async #read(): Promise<ImapResponse | null> {
    const { upstream, server, signal, replyMilliseconds } = this.#step;
    const left = Math.max(1, this.#endsAt - performance.now());
    try {
      return await serverAnswer(server, left, signal, (timed) =>
        readImapResponse(upstream, server, this.#budget, timed),
      );
    } catch (error) {
      if (signal.aborted) throw error;
      if (this.#goodBye) {
        this.#untaggedNo = null;
        return null;
      }
      if (this.#untaggedNo && error instanceof Refused && error.reason !== 'upstream-protocol') return null;
      if (error instanceof Refused && error.reason === 'upstream-timeout') {
        throw upstreamSilent(server, replyMilliseconds);
      }
      throw error;
    }
  }
}

const nothing = Buffer.alloc(0);
