import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/sources.ts';

type Plan = { commands: string[][] } | { advice: string };
// Plain JavaScript without types, so its parameters and results are declared here.
const { everything } = (await import(new URL('../../scripts/test-all.mjs', import.meta.url).href)) as {
  everything(here: { system: string; has(program: string): boolean; words: string[] }): Plan;
};
const on = (system: string, ...programs: string[]) =>
  everything({ system, has: (program) => programs.includes(program), words: ['tests/net'] });

test.each([
  ['podman', on('linux', 'podman', 'docker', 'apt-get')],
  ['docker', on('darwin', 'docker')],
  ['docker', on('win32', 'docker')],
])('%s builds the container, and runs the tests in it with the rights that they need', (engine, plan) => {
  const { commands } = plan as { commands: string[][] };
  expect(commands.map(([program]) => program)).toEqual([engine, engine]);
  const [build = [], start = []] = commands;
  expect(existsSync(join(root, build[build.indexOf('--file') + 1] ?? ''))).toBe(true);
  expect(start).toEqual(
    expect.arrayContaining(['--cap-add=NET_ADMIN', '--cap-add=SYS_ADMIN', '--device=/dev/net/tun']),
  );
  expect(start.at(-1)).toBe('tests/net');
});

test('without a container engine it says what to do', () => {
  expect(on('linux', 'apt-get')).toEqual({ advice: expect.stringContaining('sudo npm test') });
  for (const plan of [on('linux'), on('darwin'), on('win32')]) {
    expect(plan).toEqual({ advice: expect.stringContaining('Install podman') });
  }
});

test('the container has the programs of the list, and is strict', () => {
  const text = readFileSync(join(root, 'tests', 'Containerfile'), 'utf8');
  expect(text).toContain('RUN scripts/install-peers');
  expect(text).toContain('ENV CI=true');
  for (const [, sources = ''] of text.matchAll(/^COPY (.*) \S+$/gm)) {
    for (const source of sources.split(' ')) expect(existsSync(join(root, source)), source).toBe(true);
  }
});
