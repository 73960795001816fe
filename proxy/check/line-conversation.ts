import net from 'node:net';
import { LineChannel } from '../net/line-channel.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, SignInFailed } from './outcome.ts';

/** An answer's line has at most 512 octets (RFC 2449 §4, RFC 3977 §3.1); some servers have longer ones. */
const maxLineLength = 2048;

/** A conversation with one of our own listeners, line by line and in plaintext, as an old program has it. */
export class LineConversation {
  readonly #socket: net.Socket;
  readonly #lines: LineChannel;
  readonly #signal: AbortSignal;

  /**
   * Connects. No library is needed for the few commands of a check, and none speaks these protocols without TLS options of
   * its own.
   *
   * @param signal ends it at once
   * @throws {SignInFailed} when the user name or the password cannot be sent in a line
   */
  constructor({ address, port }: ListenerPlace, { user, password }: Credentials, signal: AbortSignal) {
    if (/[\r\n\0]/.test(user + password)) throw new SignInFailed(true);
    this.#socket = net.connect({ host: address, port });
    this.#lines = new LineChannel(this.#socket);
    this.#signal = signal;
  }

  /** The next line, without its end. */
  async line(): Promise<string> {
    return (await this.#lines.readLine(maxLineLength, this.#signal)).bytes.toString('latin1');
  }

  /** Says a command. @returns the first line of the answer */
  async say(command: string): Promise<string> {
    await this.#lines.write(Buffer.from(`${command}\r\n`, 'utf8'), this.#signal);
    return this.line();
  }

  /**
   * The greeting, and what is said to sign in.
   *
   * @throws {SignInFailed} unless the answer is as expected: by the server where it refuses in its own words, as `refusal`
   *   knows them
   */
  async expect(answer: Promise<string>, expected: RegExp, refusal?: (answer: string) => boolean): Promise<void> {
    const heard = await answer.catch(() => '');
    if (expected.test(heard)) return;
    throw refusal?.(heard) ? new SignInFailed(true, heard) : new SignInFailed(false);
  }

  close(): void {
    this.#socket.destroy();
  }
}
