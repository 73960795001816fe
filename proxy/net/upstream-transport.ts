import net from 'node:net';
import { Duplex } from 'node:stream';
import { release } from './release.ts';

/**
 * Where every connection's bytes land before they are decrypted. One buffer serves all connections: a chunk is either
 * taken over in the same turn (TLS and the line channel both copy) or copied by us before the next read.
 */
const landing = Buffer.allocUnsafeSlow(128 * 1024);

/** First probe of TCP keep-alive: a dead line is noticed, and idle NAT entries stay, while IMAP IDLE waits for hours. */
const keepAliveMilliseconds = 60_000;

/**
 * The TCP connection to the server, below TLS. It passes bytes both ways and keeps one thing back: the server's FIN.
 *
 * Node's TLS reports the same 'end' for `close_notify` and for a bare FIN, so a truncated message would look complete
 * (RFC 8446 §6.1). Here TLS can learn of an end from `close_notify` alone; the FIN is told as the event `fin`.
 *
 * Node's own socket under TLS would be a copy cheaper, and cannot be used: there, the same events with the same count of
 * bytes come for `close_notify` as for a piece of a record that is as long, and then a FIN. The piece is never reported.
 *
 * What is written is given away: TLS makes a buffer for every record, which is freed as soon as it is sent.
 */
export class UpstreamTransport extends Duplex {
  readonly #socket: net.Socket;
  #paused = false;
  #finReceived = false;

  private constructor(address: string, port: number) {
    super({ allowHalfOpen: true, readableHighWaterMark: landing.length, writableHighWaterMark: 1024 * 1024 });
    this.#socket = net.connect({
      host: address,
      port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMilliseconds,
      highWaterMark: 1024 * 1024,
      onread: { buffer: landing, callback: (length) => this.#arrived(length) },
    } as net.NetConnectOpts);
    this.#socket.once('connect', () => this.emit('connect'));
    this.#socket.once('end', () => {
      this.#finReceived = true;
      this.emit('fin');
    });
    this.#socket.once('error', (error) => this.destroy(error));
    this.#socket.once('close', () => this.destroy());
  }

  /**
   * Starts to connect. Emits `connect` when the line stands, `fin` when the server has ended its side.
   *
   * @param address an IP address
   */
  static connect(address: string, port: number): UpstreamTransport {
    return new UpstreamTransport(address, port);
  }

  /** True once the server has ended its side of the TCP connection. */
  get finReceived(): boolean {
    return this.#finReceived;
  }

  /** Bytes received so far, as they came over the line. */
  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  /** The address that is connected to, once it is. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  #arrived(length: number): boolean {
    const chunk = landing.subarray(0, length);
    const handedOver = this.readableFlowing === true && this.readableLength === 0;
    this.#paused = !this.push(handedOver ? chunk : Buffer.from(chunk));
    return !this.#paused;
  }

  /** Nothing is read ahead for whoever has paused: the kernel keeps it, and holds the server back. */
  override pause(): this {
    super.pause();
    this.#socket.pause();
    return this;
  }

  override resume(): this {
    super.resume();
    this.#socket.resume();
    return this;
  }

  override _read(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, (error) => {
      release(chunk);
      done(error);
    });
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.cork();
    const last = chunks.length - 1;
    const sent = (error?: Error | null) => {
      for (const { chunk } of chunks) release(chunk);
      done(error);
    };
    chunks.forEach(({ chunk }, index) => {
      this.#socket.write(chunk, index === last ? sent : undefined);
    });
    this.#socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
