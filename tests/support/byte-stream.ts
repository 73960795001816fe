import type { Socket } from 'node:net';

/** How a connection ended: `end` by a FIN, `reset` by a RST or an error. */
export type Ending = 'end' | 'reset';

/**
 * The reading side of a socket as a test wants it: lines and counted bytes on demand, with everything recorded. Lines
 * are Latin-1, so that every byte survives.
 */
export class ByteStream {
  readonly ended: Promise<Ending>;
  #chunks: Buffer[] = [];
  #unread: Buffer = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  #ending: Ending | null = null;
  readonly #socket: Socket;
  readonly #onData = (chunk: Buffer) => {
    this.#chunks.push(chunk);
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    this.#wake?.();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending) => {
        this.#ending ??= ending;
        resolve(this.#ending);
        this.#wake?.();
      };
      socket.once('end', () => end('end'));
      socket.on('error', () => end('reset'));
      socket.once('close', () => end('reset'));
    });
    socket.on('data', this.#onData);
  }

  /** Every byte that has arrived so far, read or not. */
  get received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /**
   * The next line without its line end.
   *
   * @throws Error when the connection ends first, with the unread bytes in the message.
   */
  async line(): Promise<string> {
    for (let from = 0; ; ) {
      const end = this.#unread.indexOf(0x0a, from);
      if (end >= 0) {
        const line = this.#take(end + 1).toString('latin1');
        return line.replace(/\r?\n$/, '');
      }
      from = this.#unread.length;
      await this.#more();
    }
  }

  /** The next `count` bytes. Throws as {@link line} does. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#unread.length < count) await this.#more();
    return this.#take(count);
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    await this.ended;
    return this.#take(this.#unread.length);
  }

  /** Waits until at least one byte is unread; false when the connection ended before one came. Consumes nothing. */
  async some(): Promise<boolean> {
    while (this.#unread.length === 0 && this.#ending === null) await this.#wait();
    return this.#unread.length > 0;
  }

  /** Stops listening and returns the unread bytes, which are removed from the record. */
  detach(): Buffer {
    this.#socket.off('data', this.#onData);
    this.#socket.pause();
    const all = this.received;
    const unread = this.#unread;
    this.#chunks = [all.subarray(0, all.length - unread.length)];
    this.#unread = Buffer.alloc(0);
    return unread;
  }

  #take(count: number): Buffer {
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#ending !== null) {
      throw new Error(
        `the connection ended (${this.#ending}) after ${JSON.stringify(this.#unread.toString('latin1'))}`,
      );
    }
    await this.#wait();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }
}

/** The bytes of a text in which each character is one byte, or a copy of the given bytes. */
export function bytesOf(data: string | Uint8Array): Buffer {
  return typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data);
}
