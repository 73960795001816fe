import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { needRoot } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { runProgram } from '../support/programs.ts';
import { repositoryFiles, root } from '../support/sources.ts';

// The built command, as people and scripts run it.

const program = join(root, 'dist', 'main', 'cli.js');
const names = [
  ...['run', 'add', 'status', 'pause', 'resume', 'accounts', 'certificates', 'devices', 'check'],
  ...['import', 'card', 'config', 'diagnostics', 'window'],
];

/** Runs the command. Returns its streams as text. */
async function postern(args: string[], options: Parameters<typeof runProgram>[2] = {}) {
  const { code, stdout, stderr } = await runProgram(process.execPath, [program, ...args], options);
  return { code, stdout: stdout.toString(), stderr };
}

describe('help', () => {
  test.each([['--help'], ['-h'], ['help']])('postern %s names every command, on stdout', async (word) => {
    const { code, stdout, stderr } = await postern([word]);
    expect([code, stderr]).toEqual([0, '']);
    expect([...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)).toEqual(names);
    expect(stdout).toContain('Exit codes');
  });

  test('docs/packaging.md says of each where it is in the window, by words that the window has', () => {
    const text = readFileSync(join(root, 'docs/packaging.md'), 'utf8');
    const table = text.slice(text.indexOf('Where each command is in the window:'));
    const rows = [...table.matchAll(/^\| `([a-z]+)` +\| (.*?) *\|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(names);
    const words = repositoryFiles().filter((file) => file.startsWith('renderer/words'));
    const labels = words.map((file) => readFileSync(join(root, file), 'utf8')).join();
    for (const [, , where = ''] of rows) {
      for (const [, label = ''] of where.matchAll(/“([^”]+)”/g)) expect(labels).toContain(`'${label}'`);
    }
  });

  test('postern alone shows it too, on stderr, as wrong usage', async () => {
    const { code, stdout, stderr } = await postern([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: postern COMMAND');
  });

  test.each(names)('postern %s --help shows its usage, and does nothing else', async (name) => {
    for (const args of [
      [name, '--help'],
      [name, '-h'],
      [name, '--data-dir', '/nowhere', '--help'],
    ]) {
      const { code, stdout, stderr } = await postern(args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`Usage: postern ${name}`);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    }
  });

  test('postern help COMMAND shows the help for it', async () => {
    const { code, stdout, stderr } = await postern(['help', 'add']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: postern add');
  });

  test('--version is the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await postern(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('wrong usage: exit code 2, words on stderr, nothing on stdout', () => {
  test.each<[string[], string]>([
    [['cert'], 'postern: "cert" is not a command. Did you mean certificates?\nTry: postern --help\n'],
    [['acount'], 'postern: "acount" is not a command. Did you mean accounts?\nTry: postern --help\n'],
    [['statsu'], 'postern: "statsu" is not a command. Did you mean status?\nTry: postern --help\n'],
    [['start'], 'postern: "start" is not a command. Did you mean run?\nTry: postern --help\n'],
    [
      ['add', 'ada @x.example'],
      'postern: An e-mail address has no blank in it, found "ada @x.example".\nTry: postern add --help\n',
    ],
    [
      ['add', 'ada@x.example', '--server', 'imap=x.example:99999'],
      'postern: --server expects a port from 1 to 65535, found "99999" in "imap=x.example:99999".\nTry: postern add --help\n',
    ],
    [['help', 'ad'], 'postern: "ad" is not a command. Did you mean add?\nTry: postern --help\n'],
    [
      ['--verison'],
      'postern: The command comes first, then its options; found "--verison". Did you mean --version?\nTry: postern --help\n',
    ],
    [['frobnicate'], 'postern: "frobnicate" is not a command.\nTry: postern --help\n'],
    [['constructor'], 'postern: "constructor" is not a command.\nTry: postern --help\n'],
    [['--json', 'run'], 'postern: The command comes first, then its options; found "--json".\nTry: postern --help\n'],
    [
      ['run', '--jsn'],
      'postern: "--jsn" is no option of this command. Did you mean --json?\nTry: postern run --help\n',
    ],
    [
      ['run', '--allow-plaintext'],
      'postern: "--allow-plaintext" is no option of this command.\nTry: postern run --help\n',
    ],
    [['run', '-x'], 'postern: "-x" is no option of this command.\nTry: postern run --help\n'],
    [['run', '--data-dir'], 'postern: --data-dir needs a value behind it.\nTry: postern run --help\n'],
    [['run', '--json=yes'], 'postern: --json takes no value.\nTry: postern run --help\n'],
    [['run', 'now'], 'postern: "now" is one word too many.\nTry: postern run --help\n'],
    [
      ['run', '--window-port', '99999'],
      'postern: --window-port expects a port from 0 to 65535, found "99999".\nTry: postern run --help\n',
    ],
    [
      ['run', '--no-window', '--window-port', '1'],
      'postern: --window-port and --no-window cannot be used together.\nTry: postern run --help\n',
    ],
    [
      ['certificates', 'aprove', 'abcd'],
      'postern: There is no "certificates aprove". Did you mean approve? There are list, approve, reject, use-name, forget.\nTry: postern certificates --help\n',
    ],
    [
      ['certificates', 'approve'],
      'postern: "approve" needs the ID that the list shows.\nTry: postern certificates --help\n',
    ],
    [
      ['certificates', 'reject', 'abcd', 'x.example'],
      'postern: "reject" takes nothing after the ID.\nTry: postern certificates --help\n',
    ],
    [['run', '--data-dir', ''], 'postern: --data-dir needs a value behind it.\nTry: postern run --help\n'],
    [['run', '--config='], 'postern: --config needs a value behind it.\nTry: postern run --help\n'],
    [['devices', 'list', 'r'], 'postern: "list" takes no name.\nTry: postern devices --help\n'],
    [['certificates', 'list', 'abcd'], 'postern: "list" takes no ID.\nTry: postern certificates --help\n'],
    [
      ['certificates', 'reject', 'abcd', '--once'],
      'postern: --once goes only with "approve".\nTry: postern certificates --help\n',
    ],
    [['check', '--password-stdin'], 'postern: --password-stdin needs --user NAME.\nTry: postern check --help\n'],
    [
      ['check', '--user', 'ann'],
      'postern: --user needs a terminal to ask for the password in, or --password-stdin.\nTry: postern check --help\n',
    ],
    [['config'], 'postern: "config" is followed by "validate".\nTry: postern config --help\n'],
    [
      ['config', 'validate', '/nowhere/config.json'],
      'postern: There is no file /nowhere/config.json.\nTry: postern config --help\n',
    ],
  ])('%j', async (args, stderr) => {
    expect(await postern(args)).toEqual({ code: 2, stdout: '', stderr });
  });

  test('what was typed cannot steer the terminal', async () => {
    const { stderr } = await postern(['\u001b[2Jrun']);
    expect(stderr).toContain('"\\u001b[2Jrun" is not a command.');
  });
});

describe('config validate', () => {
  const directory = scratchDirectory('validate');
  const file = join(directory, 'config.json');
  const sound = {
    version: 1,
    accounts: [
      {
        name: 'A',
        relays: [{ name: 'r', protocol: 'imap', listen: 0, server: 'a.example', port: 993, tls: 'implicit' }],
      },
    ],
  };

  test('a sound file: 0, with or without naming it', async () => {
    writeFileSync(file, JSON.stringify(sound), { mode: 0o644 });
    const expected = { code: 0, stdout: `${file} is fine: 1 account, 1 relay.\n`, stderr: '' };
    expect(await postern(['config', 'validate', file])).toEqual(expected);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777, 'its permissions are left alone').toBe(0o644);
    expect(await postern(['config', 'validate', '--data-dir', directory])).toEqual(expected);
    expect(JSON.parse((await postern(['config', 'validate', file, '--json'])).stdout)).toEqual({
      file,
      valid: true,
      issues: [],
    });
  });

  test('a broken one: 2, every issue on a line of stderr', async () => {
    const bad = join(directory, 'bad.json');
    writeFileSync(bad, JSON.stringify({ ...sound, version: 2, extra: true }));
    const message = 'expected 1, the version of this format, found 2';
    const unknown = 'unknown key; expected only $schema, version, accounts, certificateAuthorities, notify, settings';
    expect(await postern(['config', 'validate', bad])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${bad} cannot be used:\n  line 1, column 2: version: ${message}\n  line 1, column 142: extra: ${unknown}\n`,
    });
    const json = await postern(['config', 'validate', '--json', bad]);
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      2,
      {
        file: bad,
        valid: false,
        issues: [
          { path: 'version', message, line: 1, column: 2 },
          { path: 'extra', message: unknown, line: 1, column: 142 },
        ],
      },
    ]);
  });

  test('the exit code says whether Postern would start; files on another computer are not looked at', async () => {
    const naming = join(directory, 'naming.json');
    writeFileSync(naming, JSON.stringify({ ...sound, certificateAuthorities: ['gone.pem'] }));
    const { code, stdout, stderr } = await postern(['config', 'validate', naming]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/line 1, column \d+: certificateAuthorities\[0\]: expected a PEM file, found no file at/);
    expect(await postern(['run', '--config', naming, '--state', join(directory, 'state')])).toMatchObject({
      code,
      stderr,
    });
    const fine = { code: 0, stdout: `${naming} is fine: 1 account, 1 relay.\n`, stderr: '' };
    expect(await postern(['config', 'validate', naming, '--elsewhere'])).toEqual(fine);

    // All addresses are for a configuration that somebody else manages.
    const relays = [{ ...sound.accounts[0]?.relays[0], listen: '0.0.0.0:143', proxyProtocol: ['10.0.0.2'] }];
    writeFileSync(file, JSON.stringify({ ...sound, accounts: [{ name: 'A', relays }] }));
    const own = await postern(['config', 'validate', '--data-dir', directory]);
    expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('listen: expected a loopback address')]);
    expect((await postern(['run', '--data-dir', directory])).stderr).toBe(own.stderr);
  });

  test('no file in the data directory is an empty configuration', async () => {
    const { code, stdout } = await postern(['config', 'validate', '--data-dir', scratchDirectory('empty')]);
    expect(code).toBe(0);
    expect(stdout).toContain('That is fine');
  });

  test('a folder is no file', async () => {
    const { code, stderr } = await postern(['config', 'validate', directory]);
    expect([code, stderr]).toEqual([2, `${directory} cannot be used:\n  expected a file, found something else\n`]);
  });
});

describe('without a running core', () => {
  const directory = scratchDirectory('none');
  test.each([
    [['status']],
    [['status', '--json']],
    [['certificates']],
    [['certificates', 'approve', 'abcd1234']],
    [['window']],
    [['devices']],
  ])('%j: 1', async (args) => {
    expect(await postern([...args, '--data-dir', directory])).toEqual({
      code: 1,
      stdout: '',
      stderr: `postern: Postern is not running with this data directory. "postern run --data-dir ${directory}" starts it.\n`,
    });
  });
});

test('a check without a running Postern says that mail programs cannot connect, and waits for nobody', async () => {
  const { port } = await startFakeUpstream({
    ...{ protocol: 'pop3', tls: 'implicit' },
    identity: selfSigned({ names: ['localhost'] }),
  });
  const directory = scratchDirectory('stopped');
  const relay = { name: 'r', protocol: 'pop3', listen: '127.0.0.1:0', server: 'localhost', port, tls: 'implicit' };
  const accounts = [{ name: 'A', relays: [{ ...relay, address: '127.0.0.1' }] }];
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({ version: 1, accounts, settings: { certificateDecisionSeconds: 600 } }),
    { mode: 0o600 },
  );
  const { code, stdout } = await postern(['check', '--data-dir', directory]);
  const lines = stdout.trim().split('\n');
  const start = `postern run --data-dir ${directory}`;
  expect(code).toBe(1);
  expect(lines[0]).toMatch(/^Postern is NOT RUNNING: your mail program cannot connect\. /);
  expect(lines[0]).toContain(start);
  expect(lines.at(-1)).toBe(
    `Postern is not running. Start it: ${start}. Then decide about the certificate: until Postern runs, nobody can.`,
  );
  const json = await postern(['check', '--json', '--data-dir', directory]);
  expect(JSON.parse(json.stdout)).toMatchObject({ outcome: 'failed', running: false });
  // The one that was started for the check is gone, and what it met waits for the next start.
  expect(JSON.parse(readFileSync(join(directory, 'trust.json'), 'utf8')).questions).toHaveLength(1);
});

test.each([['status'], ['certificates'], ['window'], ['check'], ['diagnostics', 'bundle.zip']])(
  '%s with a data directory that is not there makes none, and leaves no other trace',
  async (...args) => {
    const base = scratchDirectory('nowhere');
    const directory = join(base, 'data');
    const { code, stderr } = await postern([...args, '--data-dir', directory], { cwd: base });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^postern: (?:There is no folder|Postern is not running)/m);
    expect(readdirSync(base)).toEqual([]);
  },
);

test('a folder of another user: one sentence and one exit code for every command, and nothing is changed', async () => {
  needRoot();
  const home = scratchDirectory('home');
  const directory = join(home, '.local', 'share', 'postern');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'config.json'), '{ "version": 1, "accounts": [] }', { mode: 0o600 });
  const asNobody = async (where: string, ...args: string[]) => {
    const as = ['--reuid=65534', '--regid=65534', '--clear-groups', 'env', '-i', `HOME=${where}`];
    const ran = await runProgram('setpriv', [...as, process.execPath, program, ...args]);
    return { code: ran.code, stdout: ran.stdout.toString(), stderr: ran.stderr };
  };
  const closed = {
    ...{ code: 2, stdout: '' },
    stderr: `postern: ${directory} is closed to you: it belongs to another user, or may not be changed; run Postern as the user whose folder it is, or choose another one with --data-dir\n`,
  };
  for (const words of [
    ...[['status'], ['check'], ['accounts'], ['certificates'], ['window'], ['card'], ['config', 'validate']],
    ...[
      ['diagnostics', '/tmp/none.zip'],
      ['run', '--no-window'],
      ['add', 'a@example.org', '--server', 'imap=a.example'],
    ],
  ]) {
    expect([words, await asNobody(home, ...words)]).toEqual([words, closed]);
  }
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const nowhere = await asNobody('/nonexistent', 'run', '--no-window');
  expect(nowhere).toEqual({
    ...{ code: 2, stdout: '' },
    stderr:
      'postern: /nonexistent/.local/share/postern cannot be made: you may not change /; choose another folder with --data-dir\n',
  });
});

test('a folder that others use is not closed to them: run says so, and changes nothing', async () => {
  if (process.platform === 'win32') return;
  const directory = scratchDirectory('shared');
  writeFileSync(join(directory, 'notes.txt'), '');
  chmodSync(directory, 0o755);
  expect(await postern(['run', '--data-dir', directory])).toMatchObject({
    ...{ code: 2, stdout: '' },
    stderr: expect.stringContaining(`${directory} is open to other users, and has other things in it (notes.txt)`),
  });
  expect([statSync(directory).mode & 0o777, readdirSync(directory)]).toEqual([0o755, ['notes.txt']]);
});

test('an empty folder that others may look into is taken, also where the cache of the compiled code goes into it', async () => {
  const directory = scratchDirectory('volume');
  chmodSync(directory, 0o755);
  const config = join(scratchDirectory('config'), 'config.json');
  writeFileSync(config, '{ "version": 1, "accounts": [5] }');
  const env = { HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') };
  for (const _ of ['the first start', 'the next']) {
    const { code, stderr } = await postern(['run', '--config', config, '--state', directory], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining('accounts[0]: expected an account')]);
  }
});

describe('run does not start', () => {
  test('with a broken configuration: 2, and the file stays as it is', async () => {
    const directory = scratchDirectory('bad');
    const file = join(directory, 'config.json');
    writeFileSync(file, '{ "version": 1, }', { mode: 0o600 });
    expect(await postern(['run', '--json', '--data-dir', directory])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${file} cannot be used:\n  line 1, column 17: expected another entry, found }; remove the comma before it\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('{ "version": 1, }');
  });

  test('with a data directory that is a file: 2', async () => {
    const file = join(scratchDirectory('file'), 'data');
    writeFileSync(file, '');
    expect(await postern(['run', '--data-dir', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: `postern: ${file} is not a folder; choose another one with --data-dir\n`,
    });
  });
});

describe('the streams', () => {
  test('a reader of stdout that goes away is no fault', async () => {
    const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });

  test('stdout may be a file', async () => {
    const file = join(scratchDirectory('out'), 'help.txt');
    const out = openSync(file, 'w');
    const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', out, 'inherit'] });
    closeSync(out);
    await once(child, 'close');
    expect(readFileSync(file, 'utf8')).toContain('Usage: postern COMMAND');
  });
});

describe('the environment', () => {
  test('cannot load code into it, or write the keys of its sessions', async () => {
    const directory = scratchDirectory('environment');
    mkdirSync(join(directory, 'x'));
    const trace = join(directory, 'loaded');
    const hook = join(directory, 'hook.cjs');
    // The hook runs once, before the command's own code; the process that goes on is one without it.
    writeFileSync(
      hook,
      `require('fs').appendFileSync(${JSON.stringify(trace)}, process.argv.length + '\\n'); process.env.POSTERN_HOOKED = '1';`,
    );
    const probe = join(directory, 'probe.mjs');
    writeFileSync(
      probe,
      `import { cleanEnvironment } from ${JSON.stringify(new URL('../../main/cli/environment.ts', import.meta.url).href)};
       cleanEnvironment();
       console.log(JSON.stringify({ env: process.env, pid: process.pid, hooked: process.execArgv }));`,
    );
    const dangerous = {
      NODE_OPTIONS: `--require ${hook}`,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_EXTRA_CA_CERTS: '/nowhere.pem',
      SSL_CERT_FILE: '/nowhere.pem',
      SSL_CERT_DIR: '/nowhere',
      SSLKEYLOGFILE: join(directory, 'keys'),
    };
    const child = spawn(process.execPath, ['--no-warnings', probe], {
      env: { ...process.env, ...dangerous },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    expect((await once(child, 'close'))[0]).toBe(0);
    const { env, pid } = JSON.parse(stdout);
    expect(pid, 'it is still the process that was started').toBe(child.pid);
    for (const name of Object.keys(dangerous)) expect(env, name).not.toHaveProperty(name);
    expect(readFileSync(trace, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('is no obstacle: the command works as it would without', async () => {
    const env = {
      NODE_OPTIONS: '--no-deprecation',
      NODE_EXTRA_CA_CERTS: '/nowhere.pem',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    };
    const { code, stderr, stdout } = await postern(['--version'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d/);
  });
});
