import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];

/**
 * The path of a real mail program or server.
 *
 * @throws when it is not installed: a test that needs a peer fails without it, it is never skipped.
 */
export function peer(program: string): string {
  const found = program.startsWith('/')
    ? [program].find((file) => existsSync(file))
    : folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (!found) throw new Error(`${program} is not installed; run: sudo scripts/install-peers`);
  return found;
}
