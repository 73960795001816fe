import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { chmod, open, readdir, rename, unlink } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * One process per data directory, by a lock that the operating system releases when the process ends, however it ends.
 *
 * Node has no flock(2). On macOS and Windows a file can be opened exclusively, which is a lock (open(2), `O_EXLOCK`;
 * CreateFile without sharing). Elsewhere it is a listening Unix socket in the directory: the kernel itself accepts
 * connections, even for a process that is slow or stopped, and refuses them once no process holds the socket. Nobody
 * else can take or fake it, since nobody else may write to the directory (mode 0700); an abstract socket or a port
 * could be taken by any user. A socket's file outlives its process: a refused connection shows that it is dead. It
 * never comes to life again and its name is never reused, so anybody may remove it at any time. Whoever connects to it is told
 * the holder's process.
 */

const pattern = /^core-[0-9a-z]{9}-[0-9a-f]{12}\.lock$/;

/** How long another process that starts at the same moment, or tests the lock, may be in the way (milliseconds). */
const contendedFor = 1000;

/** How long the holder has to say its process (milliseconds). */
const answerWithin = 1000;

/** The path of a socket (`sun_path`, unix(7)) may have 107 bytes, on other systems 103. */
const maxPathBytes = 100;

/**
 * @param directory must exist
 * @returns a function that releases the lock, or null when another process holds it
 * @throws the system's error
 */
export function lockDirectory(directory: string): Promise<(() => Promise<void>) | null> {
  return hasExclusiveFiles ? openExclusively(directory) : listenInside(directory);
}

/** Whether a process holds the lock. @throws the system's error when the directory cannot be read */
export async function isLocked(directory: string): Promise<boolean> {
  return hasExclusiveFiles ? isOpenExclusively(directory) : (await living(directory)).length > 0;
}

/** The process that holds the lock, where it says so in time: it may be suspended. @returns null otherwise */
export async function lockHolder(directory: string): Promise<number | null> {
  if (hasExclusiveFiles) return null;
  const [name] = await living(directory).catch(() => []);
  return name === undefined ? null : pidBehind(directory, name);
}

async function pidBehind(directory: string, name: string): Promise<number | null> {
  const { path, done } = socketPath(directory, name);
  const visitor = net.connect({ path });
  const late = AbortSignal.timeout(answerWithin);
  late.addEventListener('abort', () => visitor.destroy());
  let said = '';
  try {
    for await (const chunk of visitor) {
      said += String(chunk);
      if (said.length > 20) break;
    }
  } catch {
    // Its holder has ended, or is suspended.
  } finally {
    done();
    visitor.destroy();
  }
  const pid = Number(/^(\d{1,10})\n$/.exec(said)?.[1]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

async function listenInside(directory: string): Promise<(() => Promise<void>) | null> {
  // Earlier ones sort first; if the clock is wrong, two that start at once only wait a little longer.
  const name = `core-${Date.now().toString(36).padStart(9, '0')}-${randomBytes(6).toString('hex')}.lock`;
  const mine = join(directory, name);
  const server = net.createServer((visitor) => {
    visitor.on('error', () => undefined);
    visitor.end(`${process.pid}\n`, () => visitor.destroy());
  });
  const path = socketPath(directory, `${name}.new`);
  try {
    server.listen(path.path);
    await once(server, 'listening');
    // There was no descriptor left for the visitor, but the kernel has already answered it.
    server.on('error', () => undefined);
    server.unref();
    await chmod(`${mine}.new`, 0o600);
    // Renamed only now: a socket that is not listening yet would be taken for a dead one.
    await rename(`${mine}.new`, mine);
  } catch (error) {
    server.close();
    await unlink(`${mine}.new`).catch(() => undefined);
    throw error;
  } finally {
    path.done();
  }
  const release = async () => {
    await unlink(mine).catch(() => undefined);
    await new Promise((resolve) => server.close(resolve));
  };
  // Any process that looks from now on sees this socket. Of two that meet, the earlier one stays.
  const until = performance.now() + contendedFor;
  for (;;) {
    const others = await living(directory, name).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    if (others.length === 0) return release;
    if (others.some((other) => other < name) || performance.now() > until) {
      await release();
      return null;
    }
    await wait(20);
  }
}

/**
 * The sockets in the directory that a process holds, other than our own. Those that none holds any more are removed.
 */
async function living(directory: string, own?: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(directory)) {
    if (!pattern.test(name) || name === own) continue;
    if (await isHeld(directory, name)) found.push(name);
    else await unlink(join(directory, name)).catch(() => undefined);
  }
  return found;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isHeld(directory: string, name: string): Promise<boolean> {
  const { path, done } = socketPath(directory, name);
  return new Promise((resolve) => {
    const settle = (held: boolean) => {
      done();
      visitor.destroy();
      resolve(held);
    };
    const visitor = net.connect({ path });
    visitor.once('connect', () => settle(true));
    // Whatever else is wrong (a full queue: EAGAIN), somebody holds it.
    visitor.on('error', (error) => settle(!['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(codeOf(error))));
  });
}

/** A path that is short enough, through a descriptor of the directory where the plain one is too long (Linux). */
function socketPath(directory: string, name: string): { path: string; done(): void } {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= maxPathBytes) return { path, done: () => undefined };
  const descriptor = openSync(directory, constants.O_RDONLY);
  return { path: `/proc/self/fd/${descriptor}/${name}`, done: () => closeSync(descriptor) };
}

/** Flags of open(2) on macOS and of libuv on Windows that Node has no names for; `look` only tests the lock. */
const exclusive = { darwin: { own: 0x20 | 0x4, look: 0x10 | 0x4 }, win32: { own: 0x10000000, look: 0x10000000 } };
const hasExclusiveFiles = process.platform in exclusive;
const flags = exclusive[process.platform as keyof typeof exclusive] ?? exclusive.win32;
const heldElsewhere = ['EAGAIN', 'EWOULDBLOCK', 'EBUSY'];

async function openExclusively(directory: string): Promise<(() => Promise<void>) | null> {
  const until = performance.now() + contendedFor;
  for (;;) {
    try {
      const file = await open(join(directory, 'core.lock'), constants.O_RDWR | constants.O_CREAT | flags.own, 0o600);
      return () => file.close();
    } catch (error) {
      if (!heldElsewhere.includes(codeOf(error))) throw error;
      // It may only be somebody testing the lock.
      if (performance.now() > until) return null;
      await wait(50);
    }
  }
}

async function isOpenExclusively(directory: string): Promise<boolean> {
  try {
    await (await open(join(directory, 'core.lock'), constants.O_RDWR | flags.look)).close();
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (heldElsewhere.includes(codeOf(error))) return true;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? '');
}
