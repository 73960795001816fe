// The bench's own mail program: carries out one order after another. Started by fork().
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { bind, bound, found, searchForAll } from './directory.ts';
import type {
  Answer,
  BulkOrder,
  FetchOrder,
  HoldOrder,
  LookUpOrder,
  Order,
  Outcome,
  ReadGroupOrder,
  RoundTripOrder,
  SendOrder,
  SetUpOrder,
} from './protocol.ts';

const landing = Buffer.allocUnsafeSlow(256 * 1024);
const block = Buffer.alloc(256 * 1024, 'The quick brown fox jumps over the lazy dog. 0123456789 abcdefgh\r\n');

/** A connection that waits for one thing at a time: a line's end, a number of bytes, or a last line. */
class Connection {
  readonly socket: net.Socket;
  /** Looks at what has arrived; true when it is what was awaited. */
  #isEnough: (chunk: Buffer) => boolean = () => false;
  #resolve: () => void = () => {};
  #reject: (why: Error) => void = () => {};

  constructor(port: number, authority: string | null) {
    const onread = {
      buffer: landing,
      callback: (length: number, buffer: Uint8Array) => {
        this.#take(buffer.subarray(0, length) as Buffer);
        return true;
      },
    };
    const place = { host: '127.0.0.1', port, onread, noDelay: true, highWaterMark: 1024 * 1024 };
    this.socket =
      authority === null
        ? net.connect(place as net.NetConnectOpts)
        : tls.connect({ ...place, ca: authority, servername: 'localhost', checkServerIdentity: () => undefined });
    this.socket.on('error', (error) => this.#reject(error));
    this.socket.on('close', () => this.#reject(new Error('the connection was closed')));
  }

  #take(chunk: Buffer): void {
    if (this.#isEnough(chunk)) this.#resolve();
  }

  #wait(isEnough: (chunk: Buffer) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#isEnough = isEnough;
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Until the data received ends with a line end. */
  line(): Promise<void> {
    return this.#wait((chunk) => chunk[chunk.length - 1] === 0x0a);
  }

  /** @throws {Error} when the reply begins like a refusal: with `-` in POP3, with `4` or `5` in SMTP and NNTP */
  async ask(words: string): Promise<void> {
    let isRefused: boolean | null = null;
    const answered = this.#wait((chunk) => {
      isRefused ??= [0x2d, 0x34, 0x35].includes(chunk[0] ?? 0);
      return chunk[chunk.length - 1] === 0x0a;
    });
    this.socket.write(words);
    await answered;
    if (isRefused) throw new Error(`refused: ${words.split(' ')[0]}`);
  }

  /** Until this many lines have ended. @param began is called when the first bytes are there */
  lines(count: number, began: () => void): Promise<void> {
    let left = count;
    return this.#wait((chunk) => {
      if (left === count) began();
      for (const byte of chunk) if (byte === 0x0a) left -= 1;
      return left <= 0;
    });
  }

  bytes(count: number): Promise<void> {
    let left = count;
    return this.#wait((chunk) => {
      left -= chunk.length;
      return left <= 0;
    });
  }

  /** Until the last line received begins with `tag`. */
  tagged(tag: string): Promise<number> {
    let total = 0;
    let tail = '';
    return this.#wait((chunk) => {
      total += chunk.length;
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 2000))).slice(-2000);
      return tail.endsWith('\r\n') && tail.slice(0, -2).split('\r\n').at(-1)?.startsWith(tag) === true;
    }).then(() => total);
  }

  /** Until a dot stands alone on the last line received. */
  dotted(): Promise<number> {
    let total = 0;
    let tail = '';
    return this.#wait((chunk) => {
      total += chunk.length;
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 5))).slice(-5);
      return tail === '\r\n.\r\n';
    }).then(() => total);
  }

  async pour(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const piece = left >= block.length ? block : block.subarray(0, left);
      left -= piece.length;
      if (!this.socket.write(piece)) await once(this.socket, 'drain');
    }
  }

  async signIn(password = 'load'): Promise<void> {
    await this.ask('USER load\r\n');
    await this.ask(`PASS ${password}\r\n`);
  }

  close(): void {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }
}

async function greeted(port: number, authority: string | null): Promise<Connection> {
  const connection = new Connection(port, authority);
  await connection.line();
  return connection;
}

async function bulk(order: BulkOrder): Promise<Partial<Outcome>> {
  const { direction, bytes, record, connections: count } = order;
  const connections = await Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await greeted(order.port, order.authority);
      await connection.signIn(order.password);
      return connection;
    }),
  );
  const started = begin();
  await Promise.all(
    connections.map(async (connection) => {
      const words = `${direction.toUpperCase()} ${bytes} ${record}\r\n`;
      const all = connection.bytes(direction === 'down' ? bytes : direction === 'up' ? 5 : bytes + 5);
      connection.socket.write(words);
      if (direction !== 'down') await connection.pour(bytes);
      await all;
    }),
  );
  const outcome = started.end();
  for (const connection of connections) connection.close();
  return { ...outcome, bytes: bytes * count * (direction === 'both' ? 2 : 1) };
}

async function roundTrips({ port, authority, count }: RoundTripOrder): Promise<Partial<Outcome>> {
  const connection = await greeted(port, authority);
  await connection.signIn();
  for (let warm = 0; warm < 100; warm += 1) await connection.ask('NOOP\r\n');
  const samples: number[] = [];
  const started = begin();
  for (let done = 0; done < count; done += 1) {
    const from = performance.now();
    await connection.ask('NOOP\r\n');
    samples.push(performance.now() - from);
  }
  const outcome = started.end();
  connection.close();
  return { ...outcome, samples: { 'round trip': samples } };
}

async function setUp(order: SetUpOrder): Promise<Partial<Outcome>> {
  const { port, authority, count, together, pause = 0, password = 'load', speaksFirst = false } = order;
  const greeting: number[] = [];
  const signedIn: number[] = [];
  let left = count;
  const started = begin();
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (left > 0) {
        left -= 1;
        const from = performance.now();
        const connection = new Connection(port, authority);
        const noteGreeting = () => void greeting.push(performance.now() - from);
        if (speaksFirst) {
          connection.socket.write('USER load\r\n');
          await connection.lines(2, noteGreeting);
          await connection.ask(`PASS ${password}\r\n`);
        } else {
          await connection.lines(1, noteGreeting);
          await connection.signIn(password);
        }
        signedIn.push(performance.now() - from);
        await connection.ask('QUIT\r\n');
        connection.close();
        if (pause > 0) await delay(pause);
      }
    }),
  );
  return { ...started.end(), samples: { greeting, 'signed in': signedIn } };
}

const held: Connection[] = [];

async function hold({ port, count }: HoldOrder): Promise<Partial<Outcome>> {
  const started = begin();
  if (count === 0) for (const connection of held.splice(0)) connection.close();
  let left = count - held.length;
  // Three at once: Postern watches a silent program for longer when more arrive together.
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      while (left > 0) {
        left -= 1;
        const connection = await greeted(port, null);
        await connection.signIn();
        held.push(connection);
      }
    }),
  );
  return started.end();
}

async function fetchMailbox(order: FetchOrder): Promise<Partial<Outcome>> {
  const connection = await greeted(order.port, order.authority);
  const command = (words: string) => {
    const answered = connection.tagged('t ');
    connection.socket.write(`t ${words}\r\n`);
    return answered;
  };
  await command(`LOGIN ${order.user} ${order.password}`);
  await command('EXAMINE INBOX');
  const started = begin();
  const bytes = await command('FETCH 1:* (BODY.PEEK[])');
  const outcome = started.end();
  connection.close();
  return { ...outcome, bytes };
}

async function readGroup({ port, authority, articles }: ReadGroupOrder): Promise<Partial<Outcome>> {
  const connection = await greeted(port, authority);
  for (const words of ['AUTHINFO USER load', 'AUTHINFO PASS load', 'GROUP bench.load'])
    await connection.ask(`${words}\r\n`);
  const started = begin();
  let bytes = 0;
  for (let number = 1; number <= articles; number += 1) {
    const answered = connection.dotted();
    connection.socket.write(`ARTICLE ${number}\r\n`);
    bytes += await answered;
  }
  const outcome = started.end();
  connection.close();
  return { ...outcome, bytes };
}

async function lookUp({ port, authority, searches }: LookUpOrder): Promise<Partial<Outcome>> {
  const connection = new Connection(port, authority);
  const signedIn = connection.bytes(bound.length);
  connection.socket.write(bind);
  await signedIn;
  // The number of a search is part of its answer, and small: every answer is as long as the first.
  const length = found(2).length;
  const started = begin();
  for (let done = 0; done < searches; done += 1) {
    const answered = connection.bytes(length);
    connection.socket.write(searchForAll(2 + (done % 100)));
    await answered;
  }
  const outcome = started.end();
  connection.close();
  return { ...outcome, bytes: searches * length };
}

async function send({ port, authority, bytes }: SendOrder): Promise<Partial<Outcome>> {
  const connection = await greeted(port, authority);
  await connection.ask('EHLO load\r\n');
  await connection.ask(`AUTH PLAIN ${Buffer.from('\0load\0load').toString('base64')}\r\n`);
  const started = begin();
  await connection.ask('MAIL FROM:<load@example.test>\r\n');
  await connection.ask('RCPT TO:<load@example.test>\r\n');
  await connection.ask('DATA\r\n');
  const taken = connection.line();
  await connection.pour(bytes);
  connection.socket.write('\r\n.\r\n');
  await taken;
  const outcome = started.end();
  connection.close();
  return { ...outcome, bytes };
}

function begin() {
  const cpu = process.cpuUsage();
  const from = performance.now();
  return {
    end() {
      const { user, system } = process.cpuUsage(cpu);
      return { milliseconds: performance.now() - from, cpuSeconds: (user + system) / 1e6 };
    },
  };
}

function carryOut(order: Order): Promise<Partial<Outcome>> {
  switch (order.kind) {
    case 'bulk':
      return bulk(order);
    case 'round-trips':
      return roundTrips(order);
    case 'set-up':
      return setUp(order);
    case 'hold':
      return hold(order);
    case 'fetch':
      return fetchMailbox(order);
    case 'read-group':
      return readGroup(order);
    case 'look-up':
      return lookUp(order);
    case 'send':
      return send(order);
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (outcome) => process.send?.({ outcome: { bytes: 0, samples: {}, ...outcome } } as Answer),
    (error: unknown) => process.send?.({ failure: `${order.kind}: ${String(error)}` } satisfies Answer),
  );
});
process.once('disconnect', () => process.exit());
