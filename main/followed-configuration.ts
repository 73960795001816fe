import { type Stats, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Configuration } from '../proxy/contract/index.ts';
import type { Headless } from './headless.ts';

/**
 * By polling, at this interval in milliseconds: the system's notifications miss a file behind a symbolic link whose
 * target is replaced (a ConfigMap), or one on a network file system.
 */
const lookEvery = 2_000;

/** A configuration that somebody else manages, and that is read again when it changes. */
export interface FollowedConfiguration {
  /** Reads it again now. Resolves when that is done; an event says how it went. */
  readAgain(): Promise<void>;
  end(): void;
}

/**
 * @param file absolute
 * @param milliseconds how often it is checked
 */
export async function followConfiguration(
  { api, reload }: Pick<Headless, 'api' | 'reload'>,
  file: string,
  milliseconds = lookEvery,
): Promise<FollowedConfiguration> {
  const files = followFiles(() => void readAgain(), milliseconds);
  async function follow(): Promise<void> {
    const configuration = await api.command('configuration', {});
    if (configuration.ok) files.follow(filesOf(configuration.value, file));
  }
  async function readAgain(): Promise<void> {
    await reload();
    await follow();
  }
  await follow();
  return { readAgain, end: files.end };
}

/** The configuration file itself and those that it names. */
function filesOf({ certificateAuthorities, accounts }: Configuration, file: string): string[] {
  const own = accounts.flatMap(({ relays }) =>
    relays.flatMap(({ clientCertificate }) =>
      clientCertificate ? [clientCertificate.certificate, clientCertificate.key] : [],
    ),
  );
  return [file, ...[...certificateAuthorities, ...own].map((path) => resolve(dirname(file), path))];
}

/** Files that are watched for changes. */
interface FollowedFiles {
  /** Watches only these from now on. */
  follow(files: readonly string[]): void;
  end(): void;
}

/** @param changed called once for all changes found by one check */
function followFiles(changed: () => void, milliseconds: number): FollowedFiles {
  let followed: ReadonlySet<string> = new Set();
  let told = false;
  function look(now: Stats, before: Stats): void {
    // Tools that copy a file may set its time to that of the one before; the time of the change itself cannot be set.
    const same = (['mtimeMs', 'ctimeMs', 'ino', 'size'] as const).every((figure) => now[figure] === before[figure]);
    if (same || told) return;
    told = true;
    setImmediate(() => {
      told = false;
      if (followed.size > 0) changed();
    });
  }
  function follow(files: readonly string[]): void {
    const next = new Set(files);
    for (const file of followed) if (!next.has(file)) unwatchFile(file, look);
    for (const file of next) {
      if (!followed.has(file)) watchFile(file, { interval: milliseconds, persistent: false }, look);
    }
    followed = next;
  }
  return { follow, end: () => follow([]) };
}
