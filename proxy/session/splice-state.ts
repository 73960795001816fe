import type { SessionEnding } from '../contract/index.ts';

/*
 * What is known during the raw phase, and what the end of a side means. Rules:
 *
 * - Every protocol here delimits what it carries, by lines or by messages. A server that ends after a whole one has
 *   sent all it wanted, however its side ended: most close after QUIT and LOGOUT without TLS `close_notify`, and Node
 *   does not tell the two apart.
 * - A server that ends in the middle of a line, whose TLS breaks, or that resets the connection while the mail program is
 *   waiting for an answer or still sending, was cut short.
 * - A mail program that ends its side while an answer is on its way, or due, still wants it. Once it has its answers,
 *   it misses nothing.
 * - After the mail program has ended, nothing that it asked for can be missing.
 */

export type Side = 'client' | 'server';

/** Who may still send. */
export const sendingStates = ['both', 'client', 'server', 'neither'] as const;
export type Sending = (typeof sendingStates)[number];

/** Transitions when a side closes; a missing entry means that side is already closed. */
export const endSteps: Record<Sending, { [side in Side]?: Sending }> = {
  both: { client: 'server', server: 'client' },
  client: { client: 'neither' },
  server: { server: 'neither' },
  neither: {},
};

export type SpliceEnding = Extract<SessionEnding, 'clean' | 'truncated' | 'client-reset'>;

/** The errors of a broken network connection. Any other is a TLS error: somebody may have changed what was sent. */
const networkCodes = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EHOSTUNREACH', 'ENETUNREACH']);

const LF = 0x0a;

export class SpliceState {
  #sending: Sending = 'both';
  /** The sign-in ends with whole lines. */
  #behindLine = true;
  /** The mail program has sent something since the server last did. */
  #unanswered = false;
  #broken = false;
  #ending: SpliceEnding = 'clean';

  get ending(): SpliceEnding {
    return this.#ending;
  }

  get sending(): Sending {
    return this.#sending;
  }

  sends(side: Side): boolean {
    return this.#sending === side || this.#sending === 'both';
  }

  /** A side sends no more. @returns false when that was known */
  ended(side: Side): boolean {
    const next = endSteps[this.#sending][side];
    this.#sending = next ?? this.#sending;
    return next !== undefined;
  }

  clientSaid(): void {
    this.#unanswered = true;
  }

  serverSaid(chunk: Buffer): void {
    this.serverSaidUpTo(chunk[chunk.length - 1] === LF);
  }

  /** @param whole whether the server's data ends with a complete line or message */
  serverSaidUpTo(whole: boolean): void {
    this.#behindLine = whole;
    this.#unanswered = false;
  }

  /** The server's side failed, which need not mean that anything is missing. */
  serverFailed({ code = '' }: NodeJS.ErrnoException): void {
    const ended = !this.sends('client');
    // Exim then sends its goodbye in plaintext, after the end of TLS.
    if (ended && !this.answerDue) return;
    this.#broken ||= !networkCodes.has(code) || (this.#unanswered && !ended);
  }

  /** Whether the mail program may still expect something of the server: an answer, or the rest of a line. */
  get answerDue(): boolean {
    return this.#unanswered || !this.#behindLine;
  }

  get inLine(): boolean {
    return !this.#behindLine;
  }

  /** Whether a server whose connection is gone was cut off. */
  get cutShort(): boolean {
    return this.#broken || this.inLine;
  }

  /** The mail program was, or will be, reset after the last byte. */
  truncated(): void {
    this.#ending = 'truncated';
  }

  /**
   * The mail program's connection is gone, whether or not it had ended.
   *
   * @param undelivered whether something was on its way to it
   */
  clientGone(undelivered: boolean): void {
    const asked = this.sends('client') || this.inLine || undelivered;
    if (asked && this.sends('server')) this.#ending = 'client-reset';
    this.ended('client');
  }
}
