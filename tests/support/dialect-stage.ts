import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SubmissionBounds } from '../../proxy/dialects/bounds.ts';
import type { Dialect, SignInOutcome } from '../../proxy/dialects/dialect.ts';
import type { OwnSignIn } from '../../proxy/dialects/front.ts';
import { LineChannel } from '../../proxy/net/line-channel.ts';
import { endingOf } from '../../proxy/session/ending.ts';

/** The far end of a connection, played by a test: says what it likes and records everything it hears. */
export class Peer {
  readonly socket: Socket;
  /** What it has heard, in the pieces in which it came. */
  readonly pieces: Buffer[] = [];
  #heard = Buffer.alloc(0);
  #read = 0;
  #ended = false;
  #wake: (() => void)[] = [];
  /** The line that was read last, without its end. */
  last = '';

  constructor(socket: Socket) {
    this.socket = socket;
    const wake = () => {
      for (const waiting of this.#wake.splice(0)) waiting();
    };
    socket.on('data', (chunk: Buffer) => {
      this.pieces.push(chunk);
      this.#heard = Buffer.concat([this.#heard, chunk]);
      wake();
    });
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        wake();
      });
    }
  }

  say(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  end(): void {
    this.socket.end();
  }

  /** Everything heard so far. */
  get heard(): string {
    return this.#heard.toString('latin1');
  }

  /** The next line, without its end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#heard.indexOf('\n', this.#read);
      if (end !== -1) {
        const text = this.#heard.subarray(this.#read, end + 1).toString('latin1');
        this.#read = end + 1;
        this.last = text.replace(/\r\n$/, '');
        return this.last;
      }
      await this.#more();
    }
  }

  /** The next `count` bytes. */
  async take(count: number): Promise<string> {
    while (this.#heard.length - this.#read < count) await this.#more();
    this.#read += count;
    return this.#heard.subarray(this.#read - count, this.#read).toString('latin1');
  }

  /** Reads lines up to one that matches, and returns all of them. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    do lines.push(await this.line());
    while (!pattern.test(lines.at(-1) ?? ''));
    return lines;
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error(`the connection ended; heard so far: ${JSON.stringify(this.heard)}`);
    await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}

/** A connection over loopback: Postern's end and the test's. */
async function connection(): Promise<{ near: Socket; far: Peer }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [[far]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(near, 'connect')]);
  server.close();
  near.on('error', () => undefined);
  onTestFinished(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far: new Peer(far) };
}

/** Both ends of a session, for one dialect. */
export interface Stage {
  /** The mail program, played by the test. */
  program: Peer;
  /** The server, played by the test. */
  server: Peer;
  client: LineChannel;
  upstream: LineChannel;
  /** The trace's lines, each preceded by its direction. */
  traced: string[];
  notes: string[];
  /** What the notes were recognised as. */
  findings: unknown[];
  awaited: string[];
  stop: AbortController;
  requestTls(): Promise<void>;
  greet(greetingExpected: boolean): Promise<string>;
  /** Greets and signs in; call `greet` first, or nothing is known about the server. */
  signIn(): Promise<SignInOutcome>;
}

export async function stage<Knowledge>(
  dialect: Dialect<Knowledge>,
  unknown: Knowledge,
  times: {
    clientIdleMilliseconds?: number;
    replyMilliseconds?: number;
    own?: OwnSignIn | undefined;
    bounds?: SubmissionBounds | undefined;
  } = {},
): Promise<Stage> {
  const [program, server] = await Promise.all([connection(), connection()]);
  const client = new LineChannel(program.near);
  const upstream = new LineChannel(server.near);
  const traced: string[] = [];
  const notes: string[] = [];
  const findings: unknown[] = [];
  const awaited: string[] = [];
  const stop = new AbortController();
  let knowledge = unknown;
  const step = {
    upstream,
    server: 'mail.example.org',
    signal: stop.signal,
    waitFor: (what: string) => void awaited.push(what),
    greetingBegan: () => void awaited.push('the rest of its greeting, for longer'),
    localAddress: '192.0.2.7',
    trace: (direction: string, line: string) => void traced.push(`${direction}: ${line}`),
  };
  return {
    program: program.far,
    server: server.far,
    client,
    upstream,
    traced,
    notes,
    findings,
    awaited,
    stop,
    requestTls: () => dialect.requestTls(step),
    async greet(greetingExpected) {
      const greeting = await dialect.greet({ ...step, greetingExpected, own: times.own !== undefined });
      knowledge = greeting.knowledge;
      return `${greeting.next} ${greeting.text.toString('latin1')}`;
    },
    signIn: () =>
      dialect.signIn(
        {
          ...step,
          client,
          own: times.own,
          bounds: times.bounds,
          signedIn: () => void notes.push('signed-in'),
          clientIdleMilliseconds: times.clientIdleMilliseconds ?? 60_000,
          replyMilliseconds: times.replyMilliseconds ?? 60_000,
          idWanted: false,
          noteIdWanted: () => void notes.push('id-wanted'),
          wordsFor: (error) => endingOf(error).words,
          note({ reason, message, finding }) {
            notes.push(`${reason} ${message}`);
            if (finding) findings.push(finding);
          },
        },
        knowledge,
      ),
  };
}

/** The reason of a refusal, for `expect`. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    return `resolved: ${JSON.stringify(await promise)}`;
  } catch (error) {
    const { reason, name, message } = error as { reason?: string; name: string; message: string };
    return reason ?? (name === 'Error' ? `threw: ${message}` : name);
  }
}
