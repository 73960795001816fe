import { ChannelClosed } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { capabilitiesIn, filterImapResponse } from '../protocols/imap-capabilities.ts';
import { redactImapResponse } from '../protocols/imap-redaction.ts';
import { serverAnswer, upstreamLeft, upstreamMisspoke, upstreamSilent } from './clock.ts';
import type { SignInStep } from './dialect.ts';
import type { CommandPiece } from './imap-command.ts';
import { type ImapResponse, type ResponseBudget, readImapResponse, signInBudget } from './imap-responses.ts';

/** What the server said of itself inside TLS. */
export interface ImapKnowledge {
  /** As they are spelled, unfiltered; null while unknown. */
  capabilities: readonly string[] | null;
}

/** The end of an exchange, or the server's turn inside it. `closed`: the server said good-bye. */
export type ImapAnswer =
  | { kind: 'continuation'; line: Buffer }
  | { kind: 'tagged'; status: 'OK' | 'NO' | 'BAD'; line: Buffer }
  | { kind: 'closed' };

/**
 * The server's side of the sign-in. Untagged responses go to the mail program as they come, filtered; every tagged
 * answer must be one that was asked for (RFC 3501 §2.2.2).
 */
export class ImapExchange {
  readonly #step: SignInStep;
  readonly #knowledge: ImapKnowledge;
  /** The tag that is waited for, or null between commands. */
  readonly #tag: string | null;
  readonly #shown: boolean;
  readonly #secret: boolean;
  readonly #budget: ResponseBudget = signInBudget();
  #endsAt = 0;
  #saidGoodBye = false;

  /**
   * @param tag the command's tag, or null for what the server says between commands
   * @param options `shown`: whether the mail program sees the answers; `secret`: whether they may repeat a secret
   */
  constructor(
    step: SignInStep,
    knowledge: ImapKnowledge,
    tag: string | null,
    options: { shown: boolean; secret: boolean },
  ) {
    this.#step = step;
    this.#knowledge = knowledge;
    this.#tag = tag;
    this.#shown = options.shown;
    this.#secret = options.secret;
  }

  /** From now on the server has the whole time for its answer again. */
  startClock(): void {
    this.#endsAt = performance.now() + this.#step.replyMilliseconds;
  }

  /** Sends one line, or bytes, and starts the clock for the answer. */
  async send(...parts: readonly Buffer[]): Promise<void> {
    this.startClock();
    try {
      await this.#step.upstream.write(Buffer.concat(parts), this.#step.signal);
    } catch (error) {
      if (error instanceof ChannelClosed) throw upstreamLeft(this.#step.server, error);
      throw error;
    }
  }

  /** Sends a whole command, waiting for the go-ahead where its literals do; gives back the server's next turn. */
  async sendCommand(pieces: readonly CommandPiece[]): Promise<ImapAnswer> {
    for (const { line, literal } of pieces) {
      if (!literal?.synchronising) {
        await this.send(line, lineEnd, literal?.bytes ?? nothing);
        continue;
      }
      await this.send(line, lineEnd);
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

  /** Reads one response, before the clock that was started runs out. Null: untagged, dealt with, more may come. */
  async next(): Promise<ImapAnswer | null> {
    const response = await this.#read();
    if (!response) return { kind: 'closed' };
    const { line, is } = response;
    this.#step.trace('server', redactImapResponse(line, this.#secret, this.#tag));
    this.#knowledge.capabilities = capabilitiesIn(line) ?? this.#knowledge.capabilities;
    if (is.kind === 'continuation' && this.#tag !== null) return { kind: 'continuation', line };
    if (is.kind === 'status' && is.tag === this.#tag) {
      if (!this.#saidGoodBye) return { kind: 'tagged', status: is.status as 'OK' | 'NO' | 'BAD', line };
      await this.#passOn(response);
      return { kind: 'closed' };
    }
    const untagged = is.kind === 'data' || (is.kind === 'status' && is.tag === '*' && is.status !== 'PREAUTH');
    if (!untagged) throw upstreamMisspoke(this.#step.server, 'unasked');
    const goodBye = is.kind === 'status' && is.status === 'BYE';
    if (this.#shown || goodBye) await this.#passOn(response);
    if (!goodBye) return null;
    // Behind the good-bye to a command its tagged answer may still come.
    this.#saidGoodBye = true;
    return this.#tag === null ? { kind: 'closed' } : null;
  }

  /** Gives the line that ended the server's turn to the mail program. */
  async passOn(line: Buffer): Promise<void> {
    await this.#step.client.write(Buffer.concat([filterImapResponse(line), lineEnd]), this.#step.signal);
  }

  async #passOn({ line, tail }: ImapResponse): Promise<void> {
    await this.#step.client.write(Buffer.concat([filterImapResponse(line), lineEnd, tail]), this.#step.signal);
  }

  /** One response within the time that is left of the whole answer's; null when the server left after its good-bye. */
  async #read(): Promise<ImapResponse | null> {
    const { upstream, server, signal, replyMilliseconds } = this.#step;
    const left = Math.max(1, this.#endsAt - performance.now());
    try {
      return await serverAnswer(server, left, signal, (timed) =>
        readImapResponse(upstream, server, this.#budget, timed),
      );
    } catch (error) {
      if (signal.aborted) throw error;
      if (this.#saidGoodBye) return null;
      if (error instanceof Refused && error.reason === 'upstream-timeout') {
        throw upstreamSilent(server, replyMilliseconds);
      }
      throw error;
    }
  }
}

const lineEnd = Buffer.from('\r\n');
const nothing = Buffer.alloc(0);
