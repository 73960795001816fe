import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const programs = fileURLToPath(new URL('../../node_modules/@oven', import.meta.url));

/**
 * A JavaScript runtime on BoringSSL, as Electron's Node is, for machines without Electron: the binary of the `bun`
 * package for this system. It works even when the package's install script has not run.
 *
 * @throws {Error} when there is none for this system
 */
export function bunProgram(): string {
  const folders = existsSync(programs) ? readdirSync(programs) : [];
  const found = folders
    .flatMap((folder) => ['bun', 'bun.exe'].map((name) => join(programs, folder, 'bin', name)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`There is no bun in ${programs}: run "npm ci" with optional dependencies.`);
  return found;
}
