import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { needRoot } from '../support/needs.ts';

interface Probe {
  restricted: string | null;
  unshare(): number | null;
}
type Fetch = (folder: string) => { status: number; said: string };
type Program = { program: string } | { why: string };

// Plain JavaScript without types, so its parameters and results are declared here.
const { obstacle, sandboxObstacle, electronProgram, fetchEnvironment, dropElectronSettings, chosenElectron } =
  (await import(new URL('../../scripts/desktop.mjs', import.meta.url).href)) as {
    obstacle(here: { system: string; environment: NodeJS.ProcessEnv; uid?: number; args: string[] }): string | null;
    sandboxObstacle(program: string, probe: Probe): string | null;
    electronProgram(root: string, fetch: Fetch, now?: number): Program;
    fetchEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
    dropElectronSettings(environment: NodeJS.ProcessEnv): void;
    chosenElectron(args: string[]): { folder: string | undefined; rest: string[] };
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

describe('Chromium’s sandbox', () => {
  const usable: Probe = { restricted: null, unshare: () => 0 };

  function electron(helper: number | null = 0o755) {
    const folder = scratchDirectory('electron');
    if (helper !== null) {
      writeFileSync(join(folder, 'chrome-sandbox'), '');
      chmodSync(join(folder, 'chrome-sandbox'), helper);
    }
    return join(folder, 'electron');
  }

  test('works where a program can make itself a user namespace, and where nobody can tell', () => {
    expect(sandboxObstacle(electron(), usable)).toBeNull();
    expect(sandboxObstacle(electron(null), usable)).toBeNull();
    expect(sandboxObstacle(electron(), { restricted: null, unshare: () => null })).toBeNull();
  });

  test.each<[string, Probe]>([
    ['unshare is forbidden', { restricted: null, unshare: () => 1 }],
    ['the kernel gives them by rules alone', { restricted: 'by rules alone', unshare: () => 0 }],
  ])('cannot work where %s, and the way out is named', (_, probe) => {
    const program = electron();
    const why = sandboxObstacle(program, probe);
    expect(why).toMatch(/^Electron's sandbox cannot work: /);
    const helper = join(program, '..', 'chrome-sandbox');
    expect(why).toContain(`sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`);
    expect(why).not.toContain('no-sandbox');
  });

  test('works by its helper, which has to be root’s and to have the mode', () => {
    needRoot();
    const forbidden: Probe = { restricted: 'by rules alone', unshare: () => 1 };
    expect(sandboxObstacle(electron(0o4755), forbidden)).toBeNull();
    expect(sandboxObstacle(electron(0o755), forbidden)).not.toBeNull();
    const program = electron(0o4755);
    const helper = join(program, '..', 'chrome-sandbox');
    chownSync(helper, 65534, 65534);
    chmodSync(helper, 0o4755);
    expect(sandboxObstacle(program, forbidden)).not.toBeNull();
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
      return { status: 0, said: '' };
    };
    return { root, install, program: join(folder, 'dist', 'electron') };
  }
  const failing = (fetches: string[] = []) => {
    return (folder: string) => {
      fetches.push(folder);
      return { status: 1, said: 'Electron could not be fetched: the line is dead.' };
    };
  };

  test('is used where it is installed', () => {
    const { root, install, program } = project();
    install();
    const fetches: string[] = [];
    expect(electronProgram(root, failing(fetches))).toEqual({ program });
    expect(fetches).toEqual([]);
  });

  test('is fetched where it is not', () => {
    const { root, install, program } = project();
    expect(electronProgram(root, install)).toEqual({ program });
  });

  test('cannot be had where it cannot be fetched, or its package is not there', () => {
    const why = { why: 'Electron could not be fetched: the line is dead.' };
    expect(electronProgram(project().root, failing())).toEqual(why);
    expect(electronProgram(project().root, () => ({ status: 0, said: '' }))).toHaveProperty('why');
    expect(electronProgram(scratchDirectory('nothing'), failing())).toEqual({ why: 'Electron is not installed.' });
  });

  test('a fetch that failed is remembered for a day, with its reason; one that went well forgets it', () => {
    const { root, install, program } = project();
    const fetches: string[] = [];
    const day = 24 * 3_600_000;
    electronProgram(root, failing(fetches), 1000);
    expect(electronProgram(root, failing(fetches), 999 + day)).toEqual({
      why: expect.stringMatching(/the line is dead\. It is tried again after .*npx install-electron$/),
    });
    expect(fetches).toHaveLength(1);
    electronProgram(root, failing(fetches), 1000 + day);
    expect(fetches).toHaveLength(2);
    // A clock that was set back does not postpone it for ever.
    electronProgram(root, failing(fetches), 500);
    expect(fetches).toHaveLength(3);
    expect(electronProgram(root, install, 1000 + 3 * day)).toEqual({ program });
    rmSync(program);
    electronProgram(root, failing(fetches), 1001 + 3 * day);
    expect(fetches).toHaveLength(4);
  });

  test('where nothing can be remembered, it is told all the same', () => {
    const { root } = project();
    writeFileSync(join(root, 'node_modules', '.cache'), 'a file in the way');
    expect(electronProgram(root, failing())).toEqual({ why: 'Electron could not be fetched: the line is dead.' });
  });

  test('its checksums are those of the package, and npm’s proxies and authorities count', () => {
    expect(
      fetchEnvironment({
        electron_use_remote_checksums: '1',
        npm_config_electron_use_remote_checksums: '1',
        npm_config_https_proxy: 'http://proxy:1',
        npm_config_noproxy: 'localhost',
        npm_config_cafile: '/ca.pem',
      }),
    ).toMatchObject({
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: 'http://proxy:1',
      NO_PROXY: 'localhost',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
    });
    const plain = fetchEnvironment({ electron_use_remote_checksums: '1', npm_config_https_proxy: 'null' });
    expect(plain).toEqual(expect.not.objectContaining({ electron_use_remote_checksums: '1' }));
    expect(plain.HTTPS_PROXY).toBeUndefined();
    expect(fetchEnvironment({ https_proxy: 'http://a', npm_config_proxy: 'http://b' })).toMatchObject({
      HTTPS_PROXY: 'http://a',
      HTTP_PROXY: 'http://b',
    });
  });
});

describe('what the environment says of Electron', () => {
  test('is dropped, but for where it is fetched from', () => {
    const environment: NodeJS.ProcessEnv = {
      PATH: '/bin',
      ELECTRON_OVERRIDE_DIST_PATH: '/evil',
      ELECTRON_RUN_AS_NODE: '1',
      electron_use_remote_checksums: '1',
      npm_config_electron_use_remote_checksums: '1',
      ELECTRON_MIRROR: 'https://mirror.example/',
    };
    dropElectronSettings(environment);
    expect(environment).toEqual({ PATH: '/bin', ELECTRON_MIRROR: 'https://mirror.example/' });
  });
  test.each([
    [['--hidden'], undefined, ['--hidden']],
    [['--electron', '/own', '--hidden'], '/own', ['--hidden']],
    [['--hidden', '--electron=/own'], '/own', ['--hidden']],
  ])('an Electron of one’s own is named on the command line: %j', (args, folder, rest) => {
    expect(chosenElectron(args)).toEqual({ folder, rest });
  });
});
