import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { mustRun } from '../support/programs.ts';
import { root } from '../support/sources.ts';

// The command in the package where packaging.test.ts does not run it: in an app for macOS, and in the window of Windows.

test('macOS: the same, without the switch for a display; a link on the PATH leads to it', async () => {
  const contents = join(scratchDirectory('app'), 'Postern.app', 'Contents');
  const [programs, launchers] = [join(contents, 'MacOS'), join(contents, 'Resources', 'bin')];
  for (const folder of [programs, launchers]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(programs, 'Postern'), '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 });
  copyFileSync(join(root, 'assets/launcher/postern'), join(launchers, 'postern'));
  await mustRun('ln', ['-s', join(launchers, 'postern'), join(contents, 'link')]);
  const said = async (...words: string[]) => (await mustRun(join(contents, 'link'), words)).stdout.toString();
  expect(await said('status', '--json')).toBe('--js-flags=--max-semi-space-size=4|--postern-command|--|status|--json|');
  expect(await said()).toBe('|');
});

test('Windows: docs/packaging.md says for every command where the window has it', () => {
  const commands = /^const commands[\s\S]*?^\};/m.exec(readFileSync(join(root, 'main/cli.ts'), 'utf8'))?.[0] ?? '';
  const names = [...commands.matchAll(/^ {2}(\w+): \{/gm)].map(([, name]) => name);
  const [, table = ''] = readFileSync(join(root, 'docs/packaging.md'), 'utf8').split(
    'Where each command is in the window:',
  );
  const rows = [...table.matchAll(/^\| `(\w+)` +\| \S.*$/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(rows.sort()).toEqual(names.sort());
});
