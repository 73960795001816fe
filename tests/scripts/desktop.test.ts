import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';

// Plain JavaScript without types: what it takes and gives is written down here once more.
const { obstacle, electronProgram } = (await import(new URL('../../scripts/desktop.mjs', import.meta.url).href)) as {
  obstacle(here: { system: string; environment: NodeJS.ProcessEnv; uid?: number; args: string[] }): string | null;
  electronProgram(root: string, fetch: (script: string) => number): string | null;
};

describe('the tray app is shown', () => {
  const here = { system: 'linux', environment: { DISPLAY: ':0' }, uid: 1000, args: [] as string[] };
  test.each([
    here,
    { ...here, environment: { WAYLAND_DISPLAY: 'wayland-0' } },
    { ...here, system: 'darwin', environment: {} },
    { system: 'win32', environment: {}, args: [] },
    { ...here, args: ['--data-dir', 'somewhere', '--hidden'] },
    { ...here, args: ['--data-dir=somewhere'] },
  ])('%j', (each) => {
    expect(obstacle(each)).toBeNull();
  });
});

describe('the core runs in the terminal', () => {
  test.each<[NodeJS.ProcessEnv, number, string[], string]>([
    [{}, 1000, [], 'There is no display here for the tray app.'],
    [{ DISPLAY: '' }, 1000, [], 'There is no display here for the tray app.'],
    [{ DISPLAY: ':0' }, 0, [], 'The tray app does not run as root.'],
    [{ DISPLAY: ':0' }, 1000, ['--json'], '--json is for a Postern in the terminal.'],
    [{ DISPLAY: ':0' }, 1000, ['--window-port=80'], '--window-port is for a Postern in the terminal.'],
  ])('%j, user %d, %j', (environment, uid, args, why) => {
    expect(obstacle({ system: 'linux', environment, uid, args })).toBe(why);
  });
});

describe('Electron', () => {
  function project() {
    const root = scratchDirectory('electron');
    const folder = join(root, 'node_modules', 'electron');
    mkdirSync(join(folder, 'dist'), { recursive: true });
    writeFileSync(join(folder, 'install.js'), '');
    const install = () => {
      writeFileSync(join(folder, 'path.txt'), 'electron');
      writeFileSync(join(folder, 'dist', 'electron'), '');
      return 0;
    };
    return { root, install, program: join(folder, 'dist', 'electron') };
  }

  test('is used where it is installed', () => {
    const { root, install, program } = project();
    install();
    const fetches: string[] = [];
    expect(electronProgram(root, (script) => fetches.push(script))).toBe(program);
    expect(fetches).toEqual([]);
  });

  test('is fetched where it is not', () => {
    const { root, install, program } = project();
    expect(electronProgram(root, install)).toBe(program);
  });

  test('cannot be had where it cannot be fetched, or its package is not there', () => {
    expect(electronProgram(project().root, () => 1)).toBeNull();
    expect(electronProgram(project().root, () => 0)).toBeNull();
    expect(electronProgram(scratchDirectory('nothing'), () => 0)).toBeNull();
  });
});
