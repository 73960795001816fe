import type { Duplex } from 'node:stream';
import { readLdapHead } from '../../proxy/protocols/ldap-message.ts';

/** The other side will say nothing more, or has said nothing within the given time. */
export class NothingMore extends Error {
  readonly why: 'end' | 'reset' | 'impatient';
  constructor(why: 'end' | 'reset' | 'impatient') {
    super(why);
    this.why = why;
  }
}

/** What a stream says, kept complete and consumed piece by piece. */
export class Reader {
  /** How it ended: `end` for an orderly end, `reset` otherwise; null while it is open. */
  ending: 'end' | 'reset' | null = null;
  /** How much of `received` has been consumed. */
  taken = 0;
  /** A description of what is being waited for; null for nothing. */
  waitsFor: string | null = null;
  #chunks: Buffer[] = [];
  #length = 0;
  #wake: (() => void) | null = null;
  readonly #stream: Duplex;
  readonly #onData = (chunk: Buffer) => {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#wake?.();
  };

  constructor(stream: Duplex) {
    this.#stream = stream;
    const end = (ending: 'end' | 'reset') => {
      this.ending ??= ending;
      this.#wake?.();
    };
    stream.on('data', this.#onData);
    stream.once('end', () => end('end'));
    stream.on('error', () => end('reset'));
    stream.once('close', () => end('reset'));
  }

  /** Every byte so far. */
  get received(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }

  /** The bytes that have not been consumed yet. */
  get waiting(): Buffer {
    return this.received.subarray(this.taken);
  }

  /**
   * One line without its end, as Latin-1.
   *
   * @param patience milliseconds, or null for no limit
   * @throws NothingMore
   */
  async line(patience: number | null): Promise<string> {
    for (;;) {
      const waiting = this.waiting;
      const end = waiting.indexOf(0x0a);
      if (end !== -1) {
        this.taken += end + 1;
        return waiting.toString('latin1', 0, end).replace(/\r$/, '');
      }
      await this.#more(patience, 'a line');
    }
  }

  /**
   * One message of LDAP, as Latin-1. Throws as `line` does.
   *
   * @throws Error for what is none
   */
  async message(patience: number | null): Promise<string> {
    for (;;) {
      const { waiting } = this;
      const head = readLdapHead(waiting);
      if (head === 'malformed') throw new Error(`no message: ${waiting.toString('hex', 0, 40)}`);
      if (head !== 'incomplete' && head.end <= waiting.length) {
        this.taken += head.end;
        return waiting.toString('latin1', 0, head.end);
      }
      await this.#more(patience, 'a message');
    }
  }

  /** Consumes this many bytes. Throws as `line` does. */
  async bytes(count: number, patience: number | null): Promise<Buffer> {
    while (this.#length - this.taken < count) await this.#more(patience, `${count} bytes`);
    const bytes = this.waiting.subarray(0, count);
    this.taken += count;
    return bytes;
  }

  /** Waits for a byte without consuming it. Throws as `line` does. */
  async first(patience: number | null): Promise<number> {
    while (this.#length === this.taken) await this.#more(patience, 'a byte');
    return this.waiting[0] as number;
  }

  /** Waits until the other side has ended. */
  async end(patience: number | null): Promise<'end' | 'reset' | 'impatient'> {
    try {
      for (;;) await this.#more(patience, 'the end');
    } catch (error) {
      return (error as NothingMore).why;
    }
  }

  /** Releases the stream, paused. Returns what was not consumed. */
  detach(): Buffer {
    this.#stream.pause();
    this.#stream.off('data', this.#onData);
    const waiting = this.waiting;
    this.#chunks = [this.received.subarray(0, this.taken)];
    this.#length = this.taken;
    return waiting;
  }

  async #more(patience: number | null, awaited: string): Promise<void> {
    if (this.ending) throw new NothingMore(this.ending);
    this.waitsFor = awaited;
    let timer: NodeJS.Timeout | undefined;
    const impatient = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(false);
      if (patience !== null) timer = setTimeout(() => resolve(true), patience);
    });
    this.#wake = null;
    this.waitsFor = null;
    clearTimeout(timer);
    if (impatient) throw new NothingMore('impatient');
  }
}
