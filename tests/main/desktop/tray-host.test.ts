import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { hasTrayHost } from '../../../main/desktop/tray-host.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

const { PATH } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
});

/** Puts a program in the place of the one that asks the session bus. */
function answering(script: string | null): void {
  const folder = scratchDirectory('bus');
  if (script !== null) {
    writeFileSync(join(folder, 'dbus-send'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'dbus-send'), 0o755);
  }
  process.env.PATH = script === null ? folder : `${folder}:${PATH}`;
}

test.each<[string | null, boolean]>([
  ['echo "   boolean true"', true],
  ['echo "   boolean false"', false],
  ['echo "no session" >&2; exit 1', false],
  ['echo "   boolean true"; exit 1', false],
  [null, false],
])('on Linux, when the bus says %j', async (script, is) => {
  answering(script);
  expect(await hasTrayHost('linux')).toBe(is);
});

test.each(['win32', 'darwin'] as const)('%s always has one, without asking', async (system) => {
  answering('exit 1');
  expect(await hasTrayHost(system)).toBe(true);
});
