import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ConfigurationInput, PosternEvent } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { accepts, until } from '../support/service.ts';
import { root } from '../support/sources.ts';
import { ask } from './http/ask.ts';

// The built command with a running core: its output, its signals, and the commands that talk to it.

const program = join(root, 'dist', 'main', 'cli.js');

interface Running {
  child: ChildProcess;
  directory: string;
  stdout(): string;
  stderr(): string;
  /** Ends the process with a signal and returns its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Another command on the same data directory. */
  command(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Starts `postern run` and waits for a text on its stdout. */
async function run(
  args: string[],
  options: { configuration?: ConfigurationInput; directory?: string; until?: RegExp },
): Promise<Running> {
  const {
    configuration,
    directory = join(scratchDirectory('run'), 'data'),
    until: expected = /"event":"ready".*\n/,
  } = options;
  mkdirSync(directory, { recursive: true });
  if (configuration) writeFileSync(join(directory, 'config.json'), JSON.stringify(configuration));
  const child = spawn(process.execPath, [program, 'run', '--data-dir', directory, ...args], { stdio: 'pipe' });
  atEnd(() => child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk) => {
      texts[name] += chunk;
    });
  }
  await until(() => {
    if (child.exitCode !== null) throw new Error(`it ended: ${texts.stderr}`);
    return expected.test(texts.stdout);
  }, 'postern says what it should');
  return {
    child,
    directory,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    async end(signal = 'SIGTERM') {
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
      return child.exitCode;
    },
    async command(...words) {
      const ran = await runProgram(process.execPath, [program, ...words, '--data-dir', directory]);
      return { ...ran, stdout: ran.stdout.toString() };
    },
  };
}

const relay = { protocol: 'imap', server: 'localhost', address: '127.0.0.1', tls: 'implicit' } as const;
const authority = createAuthority();
const trusted = issue(authority, { names: ['localhost'] });
const authorityFile = writeFiles(scratchDirectory('authority'), trusted).root;

function configurationFor(
  port: number,
  listen: string | number,
  more: Partial<ConfigurationInput> = {},
): ConfigurationInput {
  return {
    version: 1,
    accounts: [{ name: 'Work', relays: [{ ...relay, name: 'work-imap', port, listen }] }],
    certificateAuthorities: [authorityFile],
    ...more,
  };
}

function eventsOf(running: Running): PosternEvent[] {
  return (
    running
      .stdout()
      .split('\n')
      // What follows the last line end is still on its way.
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  );
}

/** Occupies a port on loopback, as another program would. */
async function takePort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  const port = await freePort();
  server.listen({ host: '127.0.0.1', port, exclusive: true });
  await once(server, 'listening');
  atEnd(() => server.close());
  return { port, server };
}

describe('run --json', () => {
  test('one event a line and nothing else; files private; nothing left of it when it has stopped', async () => {
    const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: trusted });
    const running = await run(['--json', '--no-window'], {
      configuration: configurationFor(upstream.port, '127.0.0.1:0'),
    });
    const [listening, ready] = eventsOf(running);
    expect(listening).toMatchObject({ event: 'listening', relay: 'work-imap', address: '127.0.0.1' });
    expect(ready).toEqual({ event: 'ready', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) });
    const port = listening?.event === 'listening' ? listening.port : 0;
    const client = await RawClient.connect(port);
    await client.line();
    await client.imap('a LOGIN user secret');
    await client.imap('b LOGOUT');
    client.finish();
    await until(() => eventsOf(running).some(({ event }) => event === 'session-closed'), 'the session has closed');
    expect(eventsOf(running).map(({ event }) => event)).toEqual([
      'listening',
      'ready',
      'session-opened',
      'session-verified',
      'session-closed',
    ]);
    if (process.platform !== 'win32') {
      expect(statSync(running.directory).mode & 0o777).toBe(0o700);
      for (const name of ['config.json', 'control.json']) {
        expect(statSync(join(running.directory, name)).mode & 0o777, name).toBe(0o600);
      }
    }
    expect(await running.end()).toBe(0);
    expect(existsSync(join(running.directory, 'control.json'))).toBe(false);
    expect(await accepts(port)).toBe(false);
    const log = readFileSync(join(running.directory, 'logs', 'postern.log'), 'utf8');
    expect(log).toMatch(/ info session relay=work-imap .*ending=/);
    expect(`${log}${running.stdout()}${running.stderr()}`).not.toContain('secret');
  });

  test('ready carries the link of the window', async () => {
    const running = await run(['--json'], {});
    const ready = eventsOf(running).at(-1);
    const link = new URL(ready?.event === 'ready' ? (ready.window ?? '') : '');
    const answer = await ask(Number(link.port), { path: `${link.pathname}${link.search}` });
    expect(answer.status).toBe(303);
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    const page = await ask(Number(link.port), { headers: { Cookie: cookie.split(';')[0] ?? '' } });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const { stdout } = await running.command('window');
    expect(stdout).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${link.port}/\\?token=[\\w-]{43}\n$`));
    expect(readFileSync(join(running.directory, 'control.json'), 'utf8')).not.toContain(link.searchParams.get('token'));
    expect(await running.end('SIGINT')).toBe(0);
  });

  test('--window-port chooses the port; a taken one is an error', async () => {
    const { port, server } = await takePort();
    const directory = join(scratchDirectory('port'), 'data');
    const taken = await runProgram(process.execPath, [
      program,
      'run',
      '--json',
      '--data-dir',
      directory,
      '--window-port',
      String(port),
    ]);
    expect([taken.code, taken.stdout.toString()]).toEqual([1, '']);
    expect(taken.stderr).toBe(
      `postern: Port ${port} on this computer is used by another program. Choose another --window-port.\n`,
    );
    expect(existsSync(join(directory, 'control.json'))).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    const running = await run(['--json', '--window-port', String(port)], { directory });
    expect(running.stdout()).toContain(`http://127.0.0.1:${port}/`);
    expect(await running.end()).toBe(0);
  });

  test('a port that another program holds: relay-failed, the others work, ready names it, and it is tried again', async () => {
    const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: trusted });
    const { port, server } = await takePort();
    const configuration = configurationFor(upstream.port, `127.0.0.1:${port}`);
    configuration.accounts[0]?.relays.push({ ...relay, name: 'other', port: upstream.port, listen: '127.0.0.1:0' });
    const running = await run(['--json', '--no-window'], { configuration, until: /"event":"listening"/ });
    const told = (name: string) => eventsOf(running).find(({ event }) => event === name);
    await until(() => told('relay-failed') !== undefined, 'the failure is told');
    const failed = told('relay-failed');
    expect(failed).toMatchObject({ relay: 'work-imap', address: '127.0.0.1', port, reason: 'address-in-use' });
    const status = await running.command('status');
    expect(status.stdout).toContain('NOT LISTENING');
    await until(() => told('ready') !== undefined, 'the others are up');
    expect(told('ready')).toMatchObject({ failed: ['work-imap'] });
    server.close();
    const listens = () => eventsOf(running).some((event) => event.event === 'listening' && event.port === port);
    await until(listens, 'it listens too');
    expect(await accepts(port)).toBe(true);
    expect(await running.end()).toBe(0);
  });

  test('a reader that went away does not end it, and a reader that sleeps does not stop it', async () => {
    const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: trusted });
    const running = await run(['--json', '--no-window'], {
      configuration: configurationFor(upstream.port, '127.0.0.1:0'),
    });
    const [listening] = eventsOf(running);
    const port = listening?.event === 'listening' ? listening.port : 0;
    const session = async () => {
      const client = await RawClient.connect(port);
      await client.line();
      expect((await client.imap('a LOGIN user secret')).at(-1)).toContain('OK');
      client.reset();
    };
    // A pipe holds 64 KiB: a few hundred sessions fill it, and mail has to go on nevertheless.
    running.child.stdout?.pause();
    for (let count = 0; count < 150; count += 1) await session();
    running.child.stdout?.destroy();
    await session();
    expect(running.child.exitCode).toBeNull();
    expect((await running.command('status')).code).toBe(0);
    expect(await running.end()).toBe(0);
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s: stops in order, 0', async (signal) => {
    const running = await run(['--json', '--no-window'], {});
    expect(await running.end(signal)).toBe(0);
    expect(existsSync(join(running.directory, 'control.json'))).toBe(false);
  });

  test('sessions get time to finish; the second signal ends it at once', async () => {
    const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: trusted });
    const running = await run(['--json', '--no-window'], {
      configuration: configurationFor(upstream.port, '127.0.0.1:0'),
    });
    const [listening] = eventsOf(running);
    const client = await RawClient.connect(listening?.event === 'listening' ? listening.port : 0);
    await client.line();
    await client.imap('a LOGIN user secret');
    const closed = once(running.child, 'close');
    running.child.kill('SIGTERM');
    await until(() => running.stderr().includes('Stopping.'), 'it stops');
    expect((await client.imap('b NOOP')).at(-1), 'the session goes on').toContain('OK');
    running.child.kill('SIGTERM');
    await closed;
    expect(running.child.exitCode).toBe(1);
  });

  test('what a killed core left does not keep the next one from starting', async () => {
    const first = await run(['--json', '--no-window'], {});
    await first.end('SIGKILL');
    expect(existsSync(join(first.directory, 'control.json'))).toBe(true);
    expect((await first.command('status')).code).toBe(1);
    writeFileSync(join(first.directory, 'trust.json'), '{', { mode: 0o600 });
    const second = await run(['--json', '--no-window'], { directory: first.directory });
    const status = await second.command('status');
    expect(status.code).toBe(0);
    // What is lost is said where it is started, and where it is asked.
    for (const text of [second.stderr(), status.stdout]) {
      expect(text).toMatch(
        /^Warning: .*trust\.json is damaged, so no earlier decision .* what was remembered of servers is lost/m,
      );
    }
    expect(await second.end()).toBe(0);
  });
});

test('one core for each data directory: the second says so and touches nothing', async () => {
  const running = await run(['--json', '--no-window'], {});
  const control = readFileSync(join(running.directory, 'control.json'), 'utf8');
  const second = await running.command('run', '--json');
  expect(second).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `postern: Postern is already running with this data directory (process ${running.child.pid}). Stop that one first.\nTo open its window: postern window --data-dir ${running.directory}\n`,
  });
  expect(readFileSync(join(running.directory, 'control.json'), 'utf8')).toBe(control);
  expect((await running.command('status')).code).toBe(0);
  expect(await running.end()).toBe(0);
});

test('run waits for the end of a check that has the data directory, and says so; status does not take that for a Postern', async () => {
  const silent = await takePort();
  const held: Socket[] = [];
  const dialled = new Promise<void>((resolve) => {
    silent.server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      held.push(socket);
      resolve();
    });
  });
  const directory = join(scratchDirectory('waiting'), 'data');
  mkdirSync(directory, { mode: 0o700 });
  const settings = { connectTimeoutSeconds: 300 };
  const configuration = configurationFor(silent.port, '127.0.0.1:0', { settings });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(configuration), { mode: 0o600 });
  const begin = (...words: string[]) => {
    const child = spawn(process.execPath, [program, ...words, '--data-dir', directory], { stdio: 'pipe' });
    atEnd(() => child.kill('SIGKILL'));
    const said = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        said.text += chunk;
      });
    }
    return { child, said };
  };
  const check = begin('check');
  await dialled;
  const started = begin('run', '--json', '--no-window');
  await until(() => {
    if (started.child.exitCode !== null) throw new Error(`it ended: ${started.said.text}`);
    return started.said.text.includes('\n');
  }, 'run says what it waits for');
  expect(started.said.text).toBe(
    `Another command of Postern (process ${check.child.pid}) uses this data directory. This one begins when that has ended.\n`,
  );
  const status = await runProgram(process.execPath, [program, 'status', '--data-dir', directory]);
  expect(status.stdout.toString()).toMatch(/^Postern is NOT RUNNING: your mail program cannot connect\. /);
  expect(status.stdout.toString()).toContain(`(process ${check.child.pid})`);
  const ended = once(check.child, 'close');
  for (const socket of held) socket.destroy();
  silent.server.on('connection', (socket) => socket.destroy());
  await ended;
  expect(check.said.text).toContain('Something failed');
  await until(() => started.said.text.includes('"event":"ready"'), 'run has begun');
  const closed = once(started.child, 'close');
  started.child.kill('SIGTERM');
  expect((await closed)[0]).toBe(0);
});

describe('in words', () => {
  test('a port that is taken at both loopback addresses is said once, with where to choose another', async () => {
    // Both: an address of IPv6 that stands for all takes IPv4 along.
    const server = createServer().listen({ host: '::', port: 0, exclusive: true });
    await once(server, 'listening');
    atEnd(() => server.close());
    const { port } = server.address() as AddressInfo;
    const running = await run(['--no-window'], {
      configuration: configurationFor(1, port),
      until: /NOT LISTENING\. .*\n/,
    });
    const said = [running.stdout(), (await running.command('status')).stdout];
    for (const [index, text] of said.entries()) {
      const lines = text.split('\n').filter((line) => line.includes(`port ${port} is used by`));
      expect(lines).toEqual([expect.stringContaining(`127.0.0.1 and ::1 port ${port} is used by`)]);
      expect(lines[0], String(index)).toContain('To change it: "listen" of “work-imap” in config.json');
    }
    expect(await running.end()).toBe(0);
  });

  test('what to type into the mail program, then what happens', async () => {
    const upstream = await startFakeUpstream({
      protocol: 'imap',
      tls: 'implicit',
      identity: selfSigned({ names: ['localhost'] }),
    });
    const listen = await freePort();
    const configuration = configurationFor(upstream.port, `127.0.0.1:${listen}`, {
      settings: { certificateDecisionSeconds: 0 },
    });
    const running = await run(['--no-window'], { configuration, until: /Ctrl\+C/ });
    expect(running.stdout()).toMatch(
      new RegExp(
        `^Postern \\S+ is running\\.\n\nType these into your mail program\\. User name and password stay as they are\\.\n\n` +
          `Work\n  work-imap   incoming, IMAP   server 127\\.0\\.0\\.1   port ${listen}   no encryption   ` +
          `carried on encrypted to localhost port ${upstream.port}\n\nCtrl\\+C stops it\\.\n`,
      ),
    );
    const client = await RawClient.connect(listen);
    await client.line();
    await until(() => running.stdout().includes('refused.'), 'the refusal is told');
    expect(running.stdout()).toMatch(
      /\d\d:\d\d:\d\d {2}work-imap: Is this really localhost\? Its certificate could not be verified: made by the server itself\. Look at it: postern certificates/,
    );

    const questions = await running.command('certificates');
    expect(questions.stdout).toContain('You have not decided about this server in this account yet.');
    const id = /certificates approve ([0-9a-f]+) --data-dir /.exec(questions.stdout)?.[1] ?? '';
    expect((await running.command('status')).stdout).toContain('Certificates that wait for your decision');
    expect((await running.command('certificates', 'approve', 'ffffffff')).code).toBe(1);
    const approved = await running.command('certificates', 'approve', id.slice(0, 8));
    expect(approved.stdout).toBe(
      `Trusted from now on: the certificate of localhost port ${upstream.port} (account Work).\n`,
    );
    expect((await running.command('certificates', 'approve', id)).code, 'approved already').toBe(1);
    const again = await RawClient.connect(listen);
    expect(await again.line()).toMatch(/^\* OK/);
    const list = await running.command('certificates', 'list');
    expect(list.stdout).toContain('always trusted although self-signed');
    const status = JSON.parse((await running.command('status', '--json')).stdout);
    expect(status).toMatchObject({
      pid: running.child.pid,
      paused: false,
      relays: [{ name: 'work-imap' }],
      questions: [],
      servers: [],
    });
    expect(status.refusals).toHaveLength(1);
    expect(
      (await running.command('certificates', 'forget', /^ {2}([0-9a-f]{12}) /m.exec(list.stdout)?.[1] ?? '')).code,
    ).toBe(0);
    expect(await running.end()).toBe(0);
  });

  test('without an account it says where one is made', async () => {
    const running = await run(['--no-window'], { until: /Ctrl\+C/ });
    expect(running.stdout()).toContain(
      `There is no account yet. "postern add ADDRESS --data-dir ${running.directory}" creates one from an e-mail address.\nOr write it into config.json, in ${running.directory}\nTo try Postern without an account of your own: "postern run --practice --data-dir ${running.directory}".`,
    );
    expect(await running.end()).toBe(0);
  });
});

describe('check', () => {
  const withUpstream = async () => {
    const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: trusted });
    return configurationFor(upstream.port, '127.0.0.1:0');
  };

  test('signs in with the password from stdin, through the running core', async () => {
    const running = await run(['--json', '--no-window'], { configuration: await withUpstream() });
    const args = [program, 'check', 'Work', '--user', 'user', '--password-stdin', '--data-dir', running.directory];
    const good = await runProgram(process.execPath, args, { input: 'secret\n' });
    expect([good.code, good.stderr]).toEqual([0, '']);
    expect(good.stdout.toString()).toContain('work-imap  sign-in: ok.');
    expect(good.stdout.toString()).toContain('All is well.');
    const bad = await runProgram(process.execPath, [...args, '--json'], { input: 'wrong\r\n' });
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout.toString())).toMatchObject({
      outcome: 'failed',
      relays: [{ relay: 'work-imap', outcome: 'failed' }],
    });
    const unknown = await running.command('check', 'Nobody');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('Nobody')]);
    expect(await running.end()).toBe(0);
  });

  test('starts a core for as long as it takes, and leaves none behind', async () => {
    const directory = join(scratchDirectory('check'), 'data');
    mkdirSync(directory);
    writeFileSync(join(directory, 'config.json'), JSON.stringify(await withUpstream()));
    const { code, stdout } = await runProgram(process.execPath, [program, 'check', '--data-dir', directory]);
    expect(stdout.toString()).toMatch(/^Postern is NOT RUNNING: your mail program cannot connect\./);
    expect(stdout.toString()).toContain('\nWithout user name and password: everything up to the sign-in is checked');
    expect(stdout.toString()).toContain('work-imap  sign-in: skipped.');
    expect(code).toBe(0);
    expect(existsSync(join(directory, 'control.json'))).toBe(false);
  });
});
