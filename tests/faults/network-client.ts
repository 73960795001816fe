// A mail program in a network namespace of its own. Each line on standard input is an order; what happens to it is
// written as JSON lines with the order's number: first how far it got (`at`), finally how it ended (`ending`).
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { hashOf, pattern } from './pattern.ts';

export interface Order {
  number: number;
  port: number;
  /** Bytes to receive and to send after the sign-in. */
  down?: number;
  up?: number;
  /** Waits for `{ go: number }` before the sign-in. */
  waits?: boolean;
}

export interface News {
  number: number;
  at?: 'greeted' | 'signed-in' | 'flowing' | 'whole';
  /** `leave` was ordered, or the other side ended: by a FIN or a reset. */
  ending?: 'end' | 'reset';
  /** The last line heard. */
  heard?: string;
}

const leaving = new Map<number, () => void>();
const waiting = new Map<number, () => void>();

/** As much of what goes up as is sent before the transfer counts as flowing. */
const firstPart = 1024 * 1024;

async function play({ number, port, down = 0, up = 0, waits = false }: Order): Promise<void> {
  const tell = (news: Omit<News, 'number'>) => process.stdout.write(`${JSON.stringify({ number, ...news })}\n`);
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let heard = '';
  let ending: 'end' | 'reset' = 'end';
  socket.once('error', () => {
    ending = 'reset';
  });
  leaving.set(number, () => socket.resetAndDestroy());
  await once(socket, 'connect');
  const over = new Promise((resolve) => socket.once('close', resolve));
  const chunks: Buffer[] = [];
  let length = 0;
  let wake = () => {};
  let flowing = false;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (flowing && length > 100_000) {
      flowing = false;
      tell({ at: 'flowing' });
    }
    wake();
  });
  const gone = over.then(() => Promise.reject(new Error('over')));
  gone.catch(() => {});
  const more = () =>
    Promise.race([
      gone,
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
    ]);
  const take = (count: number) => {
    const all = Buffer.concat(chunks.splice(0));
    chunks.push(all.subarray(count));
    length = all.length - count;
    return all.subarray(0, count);
  };
  const line = async () => {
    for (;;) {
      const end = Buffer.concat(chunks).indexOf('\r\n');
      if (end !== -1) {
        heard = take(end + 2).toString('latin1');
        if (!heard.startsWith('+OK')) throw new Error(heard);
        return heard;
      }
      await more();
    }
  };
  try {
    await line();
    const mayGo = waits ? new Promise<void>((resolve) => waiting.set(number, resolve)) : null;
    tell({ at: 'greeted' });
    await mayGo;
    socket.write('USER user\r\n');
    await line();
    socket.write('PASS secret\r\n');
    await line();
    tell({ at: 'signed-in' });
    if (down > 0) {
      socket.write(`DOWN ${down}\r\n`);
      flowing = true;
      while (length < down) await more();
      if (hashOf(take(down)) !== hashOf(pattern(down))) throw new Error('other bytes came down');
    }
    if (up > 0) {
      const bytes = pattern(up);
      socket.write(`UP ${up}\r\n`);
      socket.write(bytes.subarray(0, firstPart), () => tell({ at: 'flowing' }));
      socket.write(bytes.subarray(firstPart));
      if ((await line()).trim() !== `+OK ${hashOf(bytes)}`) throw new Error('other bytes went up');
    }
    tell({ at: 'whole' });
    socket.write('QUIT\r\n');
  } catch (error) {
    if (heard === '') heard = String(error);
  }
  await over;
  heard =
    chunks.length === 0 || heard.startsWith('-')
      ? heard
      : Buffer.concat(chunks).toString('latin1').slice(-300) || heard;
  tell({ ending, heard });
}

createInterface({ input: process.stdin }).on('line', (text) => {
  const order = JSON.parse(text) as Order | { leave: number } | { go: number };
  if ('leave' in order) leaving.get(order.leave)?.();
  else if ('go' in order) waiting.get(order.go)?.();
  else void play(order);
});
