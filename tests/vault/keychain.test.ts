import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { needLinux, needProgram } from '../support/needs.ts';
import { runProgram } from '../support/programs.ts';
import { root } from '../support/sources.ts';

const dialogue = join(root, 'tests/vault/support/keychain-dialogue.ts');

/** Runs the dialogue in a desktop session of its own. @param before shell commands that start the keyring in it */
async function inSession(home: string, before: string): Promise<string> {
  needLinux();
  needProgram('gnome-keyring-daemon');
  const runtime = join(home, 'run');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: runtime };
  const script = `${before} >/dev/null 2>&1; exec "$0" "$@"`;
  const command = ['--', 'sh', '-c', script, process.execPath, dialogue];
  const { stdout } = await runProgram(needProgram('dbus-run-session'), command, { env });
  return stdout.toString().trim();
}

const unlocked = 'printf secret | gnome-keyring-daemon --unlock --components=secrets';

test('a real keyring keeps an entry over sessions, and gives none while it is locked', async () => {
  const home = scratchDirectory('keyring');
  expect(await inSession(home, unlocked)).toBe('before: null; then: kept');
  expect(await inSession(home, unlocked)).toBe('before: kept; then: kept');
  expect(await inSession(home, 'gnome-keyring-daemon --start --components=secrets')).toMatch(/^failed: /);
});

test('without a desktop session there is none, and nothing goes into the kernel’s key ring instead', async () => {
  needLinux();
  const env = { PATH: process.env.PATH ?? '', HOME: scratchDirectory('keyring') };
  const { stdout } = await runProgram(process.execPath, [dialogue], { env });
  expect(stdout.toString()).toMatch(/^failed: /);
});
