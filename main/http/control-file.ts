import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readPrivateFile, UnusableFile, writeFileAtomically } from '../../proxy/config/atomic-file.ts';
import { unusableDirectory } from '../../proxy/config/data-directory.ts';
import { lockDirectory, lockHolder } from '../../proxy/config/directory-lock.ts';

/** How a program of this user finds the running core, and both prove who they are. Lives in `control.json`, mode 0600. */
export interface Control {
  port: number;
  /** Sent by the program. */
  token: string;
  /** Never sent: the core shows that it knows it, before it is told anything. */
  proof: string;
  pid: number;
  /** Present where it is a command's own, and ends with it. */
  brief?: true;
}

/** Another core runs on this data directory. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  constructor(pid: number | null) {
    const which = pid === null ? '' : ` (process ${pid})`;
    super(`Postern is already running with this data directory${which}. Stop that one first.`);
  }
}

export function controlFile(dataDirectory: string): string {
  return join(dataDirectory, 'control.json');
}

/** @returns what the file says, or null if it is missing or makes no sense. */
export async function readControl(dataDirectory: string): Promise<Control | null> {
  return parseControl(await readText(controlFile(dataDirectory)));
}

/** The text of the file; null if it is missing. A link or a folder in its place reads as text that makes no sense. */
async function readText(file: string): Promise<string | null> {
  try {
    return await readPrivateFile(file, 4096);
  } catch (error) {
    if (error instanceof UnusableFile) return error.reason;
    throw error;
  }
}

function parseControl(text: string | null): Control | null {
  try {
    const { port, token, proof, pid, brief } = JSON.parse(text ?? '') as Record<string, unknown>;
    if (typeof port !== 'number' || !isSecret(token) || !isSecret(proof) || typeof pid !== 'number') return null;
    if (!Number.isInteger(port) || port <= 0 || port >= 65_536) return null;
    return { port, token, proof, pid, ...(brief === true ? { brief } : {}) };
  } catch {
    return null;
  }
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value);
}

/** How often it is tried again while a command has the data directory, in milliseconds. */
const tryEvery = 200;

/** How often the file may be missing: it goes before the lock, and a core that starts has the lock before it. */
const triesWithoutFile = 10;

/**
 * Makes this process the one core of the data directory, and puts its control file there. The file of a core that has
 * ended is overwritten; one that holds the lock is never touched, however slow it is.
 *
 * @param waits is told once, with its process, of a command that has the data directory for a while: it is waited for.
 *   Without this, it is like any other core
 * @returns a function that gives up the claim.
 * @throws {AlreadyRunning}
 * @throws {UnusableDirectory} nothing can be written there
 */
export async function claimDataDirectory(
  dataDirectory: string,
  control: Control,
  waits?: (pid: number) => void,
): Promise<() => Promise<void>> {
  const file = controlFile(dataDirectory);
  const lock = () =>
    lockDirectory(dataDirectory).catch(async (error: unknown) => {
      throw await unusableDirectory(dataDirectory, error);
    });
  let unlock = await lock();
  let told = false;
  for (let missing = 0; !unlock; ) {
    const holder = await readControl(dataDirectory).catch(() => null);
    const mayPass = holder ? holder.brief : missing < triesWithoutFile;
    if (!mayPass || !waits) throw new AlreadyRunning(holder?.pid ?? (await lockHolder(dataDirectory)));
    if (!holder) missing += 1;
    else if (!told) waits(holder.pid);
    told ||= holder !== null;
    await wait(tryEvery);
    unlock = await lock();
  }
  try {
    await writeFileAtomically(file, `${JSON.stringify(control)}\n`);
  } catch (error) {
    await unlock();
    throw await unusableDirectory(dataDirectory, error);
  }
  return async () => {
    const there = await readControl(dataDirectory).catch(() => null);
    if (there?.token === control.token) await unlink(file).catch(() => undefined);
    await unlock();
  };
}
