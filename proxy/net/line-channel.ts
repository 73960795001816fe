import type { Duplex } from 'node:stream';
import { drained } from './drained.ts';

/** The other side ended or broke the connection while we waited for a line. */
export class ChannelClosed extends Error {
  override readonly name = 'ChannelClosed';
}

/** A line exceeded its limit. What has arrived of it is dropped; `skipLine` drops the rest. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
  /** Its first bytes, at most 512: enough to recognise the protocol, or the command to answer. */
  readonly head: Buffer;
  constructor(message: string, head: Buffer) {
    super(message);
    this.head = head;
  }
}

/** One line without its end. */
export interface Line {
  bytes: Buffer;
  /** False where the line ended with a bare LF, or contains a CR or NUL: nothing that a mail protocol allows. */
  wellFormed: boolean;
}

const nothing = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

/** How much of an over-long line is kept. */
const headBytes = 512;

/**
 * Stop reading from the stream when this many bytes are waiting: more than any line's limit, so that a line always
 * fits.
 */
const pauseAbove = 64 * 1024;

/**
 * Lines, and counted bytes between them, over a stream, in bounded memory. For the phases that Postern parses; `detach`
 * hands back every byte that was not read, so that none is lost in the raw phase.
 */
export class LineChannel {
  #stream: Duplex;
  #buffer: Buffer = nothing;
  /** How far `#buffer` has been searched for the end of a line. */
  #searched = 0;
  #ended: Error | null = null;
  /** The pending wait for bytes or the end. */
  readonly #waiting = new Set<() => void>();
  #skipping = false;
  readonly #onData = (chunk: Buffer) => this.#arrived(chunk);
  readonly #onEnd = () => this.#end(new ChannelClosed('The connection was ended.'));
  readonly #onError = (error: Error) => this.#end(new ChannelClosed('The connection broke.', { cause: error }));
  readonly #onClose = () => this.#end(new ChannelClosed('The connection was closed.'));

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#listen(stream);
  }

  /** Continues on another stream, once it has been detached from the one before. */
  attach(stream: Duplex): void {
    this.#stream = stream;
    this.#searched = 0;
    this.#ended = null;
    this.#skipping = false;
    this.#listen(stream);
  }

  #listen(stream: Duplex): void {
    stream.on('data', this.#onData);
    stream.once('end', this.#onEnd);
    stream.on('error', this.#onError);
    stream.once('close', this.#onClose);
    if (stream.destroyed || stream.readableEnded) this.#onClose();
    else stream.resume();
  }

  /** The number of bytes that have arrived and not been read yet. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /** The bytes that have arrived and not been read yet, for inspection. */
  peek(): Buffer {
    return this.#buffer;
  }

  /** True once the other side can send no more. */
  get ended(): boolean {
    return this.#ended !== null;
  }

  /** Resolves when more than `beyond` unread bytes have arrived, or the other side ended. */
  async arrival(signal: AbortSignal, beyond = 0): Promise<void> {
    while (this.#buffer.length <= beyond && !this.#ended) await this.#more(signal);
  }

  /**
   * Reads one line.
   *
   * @param limit the most bytes it may have, its end included
   * @throws LineTooLong, ChannelClosed, or the signal's reason
   */
  async readLine(limit: number, signal: AbortSignal): Promise<Line> {
    for (;;) {
      const end = this.#buffer.indexOf(LF, this.#searched);
      if (end !== -1 && end < limit) {
        const crlf = end > 0 && this.#buffer[end - 1] === CR;
        const bytes = this.take(end + 1).subarray(0, crlf ? end - 1 : end);
        return { bytes, wellFormed: crlf && !bytes.includes(CR) && !bytes.includes(0) };
      }
      if (end !== -1 || this.#buffer.length >= limit) {
        const head = Buffer.from(this.#buffer.subarray(0, headBytes));
        this.#skipping = true;
        this.#skip();
        throw new LineTooLong(`A line was longer than ${limit} bytes.`, head);
      }
      this.#searched = this.#buffer.length;
      await this.#more(signal);
    }
  }

  /** Drops the rest of an over-long line, keeping none of it. */
  async skipLine(signal: AbortSignal): Promise<void> {
    while (this.#skipping) await this.#more(signal);
  }

  /**
   * Reads exactly `size` bytes.
   *
   * @throws ChannelClosed, or the signal's reason
   */
  async readExactly(size: number, signal: AbortSignal): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = size; left > 0; ) {
      while (this.#buffer.length === 0) await this.#more(signal);
      const piece = this.take(Math.min(left, this.#buffer.length));
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Takes bytes that have arrived. @param size at most as many as are `buffered` */
  take(size: number): Buffer {
    const piece = this.#buffer.subarray(0, size);
    // The memory may be released once all of it has been taken.
    this.#buffer = size === this.#buffer.length ? nothing : this.#buffer.subarray(size);
    this.#searched = 0;
    this.#resume();
    return piece;
  }

  /**
   * Writes, and waits while the other side cannot keep up.
   *
   * @throws ChannelClosed, or the signal's reason
   */
  async write(data: string | Uint8Array, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.send(data)) await this.drained(signal);
  }

  /**
   * Hands bytes over and does not wait.
   *
   * @param gone is called when they have gone on, and are no longer needed
   * @returns false where the other side cannot keep up: nothing more is to be sent before it has `drained`
   * @throws ChannelClosed
   */
  send(data: string | Uint8Array, gone?: () => void): boolean {
    if (this.#stream.destroyed || !this.#stream.writable) throw new ChannelClosed('The connection is closed.');
    return this.#stream.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, gone);
  }

  /** Resolves when everything sent has been handed on. Rejects with ChannelClosed, or the signal's reason. */
  async drained(signal: AbortSignal): Promise<void> {
    if (!(await drained(this.#stream, signal))) throw new ChannelClosed('The connection was closed.');
  }

  /**
   * Releases the stream, paused, without closing it.
   *
   * @returns every byte that has arrived and not been read
   */
  detach(): Buffer {
    this.#stream.pause();
    this.#stream.off('data', this.#onData);
    this.#stream.off('end', this.#onEnd);
    this.#stream.off('error', this.#onError);
    this.#stream.off('close', this.#onClose);
    const leftover = this.#buffer;
    this.#buffer = nothing;
    return leftover;
  }

  /** Resumes reading where it was paused and there is room again. */
  #resume(): void {
    if (this.#buffer.length <= pauseAbove && this.#stream.isPaused() && !this.#ended) this.#stream.resume();
  }

  #arrived(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    this.#skip();
    if (this.#buffer.length > pauseAbove) this.#stream.pause();
    this.#wake();
  }

  #skip(): void {
    if (!this.#skipping) return;
    const end = this.#buffer.indexOf(LF);
    this.#searched = 0;
    this.#buffer = end === -1 ? nothing : this.#buffer.subarray(end + 1);
    this.#skipping = end === -1;
    this.#resume();
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#wake();
  }

  #wake(): void {
    for (const go of this.#waiting) go();
  }

  /** Waits for bytes or the end. The caller first looks for bytes that are already there. */
  async #more(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#ended) throw this.#ended;
    await new Promise<void>((resolve, reject) => {
      const aborted = () => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      const go = () => {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }
}
