// The real mail programs that the tests talk to: which are missing, and how to install them. Plain JavaScript, as
// test.mjs is; scripts/peers.txt is the list.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, root, run } from './workspace.mjs';

/** The programs on the list that are not on this machine. A line may name several, of which one is enough. */
export function missingPeers(find = findProgram, list = readFileSync(join(root, 'scripts', 'peers.txt'), 'utf8')) {
  return list
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('-'))
    .map((line) => line.split(/\s+/)[0].split('|'))
    .filter((programs) => !programs.some((program) => find(program)))
    .map(([program]) => program);
}

/**
 * How the missing programs are installed here: the command, and a line that says so; or null where that is not
 * permitted.
 *
 * @param {{ missing: string[], uid: number | undefined, has: (program: string) => boolean, maySudo: () => boolean }} here
 * @returns {{ command: string[], words: string } | null}
 */
export function installation({ missing, uid, has, maySudo }) {
  if (missing.length === 0 || !has('apt-get')) return null;
  const words = `Installing what the tests talk to, from the system's packages: ${missing.join(', ')} ...`;
  const script = join(root, 'scripts', 'install-peers');
  if (uid === 0) return { command: [script], words };
  if (has('sudo') && maySudo()) {
    return { command: ['sudo', '-n', script], words: `${words} (by sudo, which asks for no password here)` };
  }
  return null;
}

/** Installs what is missing where possible. Returns the programs that are still missing. */
export function ensurePeers() {
  const plan = installation({
    missing: missingPeers(),
    uid: process.getuid?.(),
    has: (program) => findProgram(program) !== null,
    maySudo: () => spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0,
  });
  if (plan) {
    process.stdout.write(`${plan.words}\n`);
    const [program, ...args] = plan.command;
    if (run(program, args) !== 0) process.stderr.write('Installing them failed; see above.\n');
  }
  return missingPeers();
}
