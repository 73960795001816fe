import { openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createProcessorShare } from './processor-share.ts';

/**
 * The kernel's lists of TCP sockets, `/proc/net/tcp` and `tcp6` (proc_pid_net(5)), read so that neither a long list nor
 * a flood of connections can take over the processor: one reading at a time, shared by everyone waiting for it, ended
 * as soon as all have an answer; and all readings together get at most a share of one processor.
 *
 * There is no cheaper way from here: only netlink's sock_diag(7) can be asked for one socket, and that takes native
 * code.
 */

/** Reads from a list, as `read(2)` at a position. 0 starts again from the beginning. @throws the system's error */
export type ReadTable = (table: string, into: Buffer, length: number, position: number) => number;

/** What a socket's line says after the two ends: state, queues, timer, retransmits, uid, timeout, inode, … */
export type SocketLine = readonly string[];

export interface SocketTables {
  /**
   * @param key both ends as the kernel writes them, the socket's own first: `0100007F:C000 0100007F:0477`
   * @returns the line, or null when the socket is not listed
   * @throws the system's error when the list cannot be read
   */
  find(table: string, key: string): Promise<SocketLine | null>;
}

/**
 * How much is read first. The kernel walks through all slots that a socket could be in (a quarter of a million, taking
 * a millisecond) until it has filled the request: little at first, so that a reading can end early where there are few
 * sockets, then more, so that thousands are not read line by line.
 */
const firstBytes = 1024;
const maxBytes = 64 * 1024;

/** After this long, other work has its turn (milliseconds). */
const turnMilliseconds = 1;

/** The share of one processor that readings may take, sustained: 10,000 sockets cost 10 ms and more per reading. */
const share = 0.25;

/**
 * What may be spent before the share applies, in milliseconds of reading: twenty ordinary look-ups at once do not wait.
 */
const burst = 20;

interface Inquiry {
  key: string;
  answer(line: SocketLine | null): void;
  fail(error: unknown): void;
}

/** @param readTable by default reads through descriptors that stay open, so that it works when none is left */
export function createSocketTables(readTable: ReadTable = readByDescriptor()): SocketTables {
  const waiting = new Map<string, Inquiry[]>();
  const processor = createProcessorShare(share, burst);
  let running = false;

  async function answerAll(): Promise<void> {
    running = true;
    for (let [table] = waiting.keys(); table !== undefined; [table] = waiting.keys()) {
      await processor.turn();
      // Requests made during the pause are answered by the same reading.
      const inquiries = waiting.get(table) ?? [];
      waiting.delete(table);
      try {
        processor.took(await search(table, inquiries, readTable));
      } catch (error) {
        for (const { fail } of inquiries) fail(error);
      }
    }
    running = false;
  }

  return {
    find: (table, key) =>
      new Promise((answer, fail) => {
        const inquiry = { key, answer, fail };
        const next = waiting.get(table);
        if (next) next.push(inquiry);
        else waiting.set(table, [inquiry]);
        if (!running) void answerAll();
      }),
  };
}

/** What is read is copied out in the same turn. */
const page = Buffer.allocUnsafeSlow(maxBytes);

/** Answers the inquiries by one reading. @returns how long it took of this thread, in milliseconds */
async function search(table: string, inquiries: readonly Inquiry[], readTable: ReadTable): Promise<number> {
  // Two may ask about the same ends: a port can be reused before the first has its answer.
  const open = new Map<string, Inquiry[]>();
  for (const inquiry of inquiries) open.set(inquiry.key, [...(open.get(inquiry.key) ?? []), inquiry]);
  let taken = 0;
  let began = performance.now();
  let rest = '';
  let position = 0;
  for (let ask = firstBytes; open.size > 0; ask = Math.min(ask * 2, maxBytes)) {
    const length = readTable(table, page, ask, position);
    if (length === 0) break;
    position += length;
    const text = rest + page.toString('latin1', 0, length);
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    for (let at = 0; at < end; ) {
      const next = text.indexOf('\n', at) + 1;
      // "  12: <key> 01 …"
      const colon = text.indexOf(': ', at) + 2;
      const keyEnd = text.indexOf(' ', text.indexOf(' ', colon) + 1);
      const asking = open.get(text.slice(colon, keyEnd));
      if (asking && keyEnd < next) {
        open.delete(text.slice(colon, keyEnd));
        const fields = text.slice(keyEnd, next).trim().split(/\s+/);
        for (const { answer } of asking) answer(fields);
      }
      at = next;
    }
    if (performance.now() - began < turnMilliseconds) continue;
    taken += performance.now() - began;
    await nextTurn();
    began = performance.now();
  }
  for (const { answer } of [...open.values()].flat()) answer(null);
  return taken + performance.now() - began;
}

function readByDescriptor(): ReadTable {
  const descriptors = new Map<string, number>();
  return (table, into, length, position) => {
    const descriptor = descriptors.get(table) ?? openSync(table, 'r');
    descriptors.set(table, descriptor);
    return readSync(descriptor, into, 0, length, position);
  };
}
