import { write } from 'node:fs';

/** Under this name a unit hands over a socket that leads to the journal: `OpenFile=/run/systemd/journal/socket:…`. */
export const journalName = 'postern-journal';

/** Entries that wait for a journal that is slow; more are left out, and that is said: mail does not wait for it. */
const maxWaiting = 1_000;
/** While the journal takes nothing, it is tried again after this (milliseconds). */
const againAfter = 50;
/** How long the last entries may take at the end (milliseconds). */
const flushWithin = 1_000;

/** The way to systemd's journal, in its own protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram for each entry. */
export interface Journal {
  entry(fields: Readonly<Record<string, string>>): void;
  /** Resolves when everything was taken, or after a second. */
  flush(): Promise<void>;
}

/** The part of `fs.write` that is used. */
type Put = (descriptor: number, entry: Buffer, done: (error: NodeJS.ErrnoException | null) => void) => void;

/**
 * @param descriptor a datagram socket that is connected to the journal. Node has no such sockets, but it can write to one
 *   that somebody else has opened
 */
export function journalAt(descriptor: number, put: Put = write): Journal {
  const waiting: Buffer[] = [];
  let lost = 0;
  let isWriting = false;
  let whenEmpty: (() => void) | null = null;

  // One at a time: a journal that stands still holds up one thread of the pool, and not the event loop.
  function next(): void {
    const [first] = waiting;
    isWriting = first !== undefined;
    if (first === undefined) {
      whenEmpty?.();
      return;
    }
    put(descriptor, first, (error) => {
      if (error?.code === 'EAGAIN') return void setTimeout(next, againAfter).unref();
      waiting.shift();
      if (error) lost += 1;
      else if (lost > 0) {
        const sentence = `${lost} ${lost === 1 ? 'entry was' : 'entries were'} left out: the journal did not take them.`;
        waiting.unshift(encoded({ MESSAGE: sentence, PRIORITY: '4', SYSLOG_IDENTIFIER: 'postern' }));
        lost = 0;
      }
      next();
    });
  }

  return {
    entry(fields) {
      if (waiting.length >= maxWaiting) {
        lost += 1;
        return;
      }
      waiting.push(encoded(fields));
      if (!isWriting) next();
    },
    flush: () =>
      new Promise((resolve) => {
        if (!isWriting) return resolve();
        const timer = setTimeout(resolve, flushWithin);
        whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}

/** A value with a line end in it has its length before it, as 64 bits, lowest byte first. */
function encoded(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).map(([name, value]) => {
      if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
      const text = Buffer.from(value);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([Buffer.from(`${name}\n`), length, text, Buffer.from('\n')]);
    }),
  );
}
