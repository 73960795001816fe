import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import { readPrivateFile, writeFileAtomically } from '../../proxy/config/atomic-file.ts';
import { storedPort } from '../../proxy/config/stored-forms.ts';
import { newSecret } from './keys.ts';

/*
 * How a window that outlived its core finds the next one, which serves it at another port. While no core runs, the port
 * of the last one may belong to any program, which can read and answer what a page sends there: so neither side sends
 * anything that is of use without a key that both have, and that the page keeps in memory only. The page's question
 * names the port, so nobody can pass it on from another; the answer is a link, which only that page can read.
 */

/** How many runs are remembered: more restarts than this between two questions of a page do not happen. */
const maxRuns = 3;
/** For this long after a start (milliseconds) windows of earlier runs are awaited: as long as a link is good for. */
export const awaitedFor = 10 * 60_000;

const runs = z.array(z.strictObject({ port: storedPort, secret: z.string().regex(/^[\w-]{43}$/) })).max(maxRuns);
const question = z.strictObject({
  id: z.string().regex(/^[\w-]{16,64}$/),
  iv: z.string().regex(/^[\w-]{16}$/),
  sealed: z.string().max(200),
});

/** A key by which one window finds the next run. `key` is base64url, for AES-256-GCM. */
export interface ReturnKey {
  id: string;
  key: string;
}

/** What is sealed with a return key, in base64url. */
export interface Sealed {
  iv: string;
  sealed: string;
}

export interface EarlierRuns {
  /** Where earlier runs served their windows. */
  readonly ports: readonly number[];
  /**
   * A key for a window of this run.
   *
   * @throws the system's error: without the file of the runs the key would be worth nothing
   */
  issue(): Promise<ReturnKey>;
  /**
   * @param port where it was asked
   * @param asked the page's question, as it was sent
   * @returns the link for that page; null where the question is none of a window that we served there
   */
  answer(port: number, asked: unknown): Sealed | null;
  /** Whether a window of an earlier run has come back, or does so within this many milliseconds. */
  windowBack(within: number): Promise<boolean>;
}

export interface EarlierRunsOptions {
  dataDirectory: string;
  /** Where this run serves its windows. */
  port: number;
  /** Creates a link that opens a window of this run. */
  link: () => string;
  /** Milliseconds of a monotonic clock. */
  now?: () => number;
}

export function earlierRunsFile(dataDirectory: string): string {
  return join(dataDirectory, 'windows.json');
}

/** Reads which runs there were. A file that cannot be used is no reason not to start: its windows need a new link. */
export async function readEarlierRuns(options: EarlierRunsOptions): Promise<EarlierRuns> {
  const { dataDirectory, port, link, now = () => performance.now() } = options;
  const file = earlierRunsFile(dataDirectory);
  const earlier = await readPrivateFile(file, 4096)
    .then(
      (text) => (text === null ? [] : runs.parse(JSON.parse(text))),
      () => [],
    )
    .catch(() => []);
  const until = now() + awaitedFor;
  const secret = newSecret();
  let written: Promise<void> | null = null;
  /** One link for a window, however often it asks: it may not have heard the first answer. */
  const links = new Map<string, string>();
  const back = new EventEmitter();
  return {
    ports: earlier.map((run) => run.port),
    async issue() {
      written ??= writeFileAtomically(
        file,
        `${JSON.stringify([{ port, secret }, ...earlier.slice(0, maxRuns - 1)])}\n`,
      );
      await written.catch((error: unknown) => {
        written = null;
        throw error;
      });
      const id = randomBytes(16).toString('base64url');
      return { id, key: keyOf(secret, id).toString('base64url') };
    },
    answer(at, asked) {
      const read = question.safeParse(asked);
      if (!read.success || now() > until) return null;
      const { id, iv, sealed } = read.data;
      for (const run of earlier.filter((each) => each.port === at)) {
        const key = keyOf(run.secret, id);
        if (open(key, { iv, sealed }, '') !== questionAt(at)) continue;
        const known = links.get(id) ?? link();
        links.set(id, known);
        back.emit('back');
        return seal(key, known, sealed);
      }
      return null;
    },
    windowBack(within) {
      if (links.size > 0 || earlier.length === 0) return Promise.resolve(links.size > 0);
      return new Promise((resolve) => {
        // Nothing is kept running for windows that may never come.
        const timer = setTimeout(() => resolve(false), within).unref();
        back.once('back', () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
    },
  };
}

/** What a window asks, sealed. */
export function questionAt(port: number): string {
  return `where is the Postern that was at ${port}?`;
}

function keyOf(secret: string, id: string): Buffer {
  return createHmac('sha256', secret).update(id).digest();
}

/** @param bound what the text goes with, and cannot be read without */
export function seal(key: Buffer, text: string, bound: string): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(bound));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { iv: iv.toString('base64url'), sealed: sealed.toString('base64url') };
}

/** @returns the text, or null where it was not sealed with this key, or goes with something else */
export function open(key: Buffer, { iv, sealed }: Sealed, bound: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 16) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
