import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ByteStream, bytesOf, type Ending } from './byte-stream.ts';
import { atEnd } from './clean-up.ts';

/** A mail program played by the test on the plaintext side: it sends and reads lines, and does nothing by itself. */
export class RawClient {
  readonly socket: Socket;
  readonly #stream: ByteStream;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#stream = new ByteStream(socket);
    atEnd(() => socket.destroy());
  }

  /** Connects to a listener. `localAddress` and `host` are for loopback addresses other than 127.0.0.1. */
  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** @param socket connected, with nothing read from it yet */
  static over(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** Every byte that has arrived. */
  get received(): Buffer {
    return this.#stream.received;
  }

  /** How the other side ended the connection. */
  get ended(): Promise<Ending> {
    return this.#stream.ended;
  }

  /** Sends bytes as they are; a string as Latin-1. */
  send(data: string | Uint8Array): void {
    this.socket.write(bytesOf(data));
  }

  line(): Promise<string> {
    return this.#stream.line();
  }

  bytes(count: number): Promise<Buffer> {
    return this.#stream.bytes(count);
  }

  rest(): Promise<Buffer> {
    return this.#stream.rest();
  }

  /** One SMTP reply, all its lines (RFC 5321 §4.2.1). */
  async smtpReply(): Promise<string[]> {
    for (const lines: string[] = []; ; ) {
      const line = await this.line();
      lines.push(line);
      if (!/^\d{3}-/.test(line)) return lines;
    }
  }

  /** Sends a command and reads its SMTP reply. */
  smtp(command: string): Promise<string[]> {
    this.send(`${command}\r\n`);
    return this.smtpReply();
  }

  /** Sends a command with its tag in front and reads up to the tagged reply, which is the last line given. */
  async imap(command: string): Promise<string[]> {
    this.send(`${command}\r\n`);
    return this.imapReply(command.split(' ', 1)[0] ?? '');
  }

  /** Reads IMAP lines up to the one with this tag. Literals are read as ordinary lines. */
  async imapReply(tag: string): Promise<string[]> {
    for (const lines: string[] = []; ; ) {
      const line = await this.line();
      lines.push(line);
      if (line.startsWith(`${tag} `)) return lines;
    }
  }

  /** Sends a POP3 command and reads its status line. */
  pop3(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return this.line();
  }

  /** Sends a POP3 command and, if the reply is `+OK`, reads it up to the lone dot, which is left out (RFC 1939 §3). */
  async pop3Lines(command: string): Promise<string[]> {
    const lines = [await this.pop3(command)];
    if (!/^(?:\+OK|101)/.test(lines[0] ?? '')) return lines;
    for (;;) {
      const line = await this.line();
      if (line === '.') return lines;
      lines.push(line.startsWith('.') ? line.slice(1) : line);
    }
  }

  /** Declares that nothing more will be sent, and goes on reading. */
  finish(): void {
    this.socket.end();
  }

  /** Ends with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}
