/**
 * Postern as a systemd service: the sockets passed to it, and what it reports, with the programs that systemd brings.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { createEventRecord } from '../support/event-record.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { startService, until } from '../support/service.ts';

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));
const support = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const authority = createAuthority();
const pem = writeFiles(scratchDirectory('authority'), issue(authority, { names: ['localhost'] })).root;
let upstream: FakeUpstream;

beforeAll(async () => {
  const identity = issue(authority, { names: ['localhost'] });
  upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
});

function configurationOf(listens: Record<string, string | number>): ConfigurationInput {
  const relays = Object.entries(listens).map(([name, listen]) => ({
    ...{ name, listen, server: 'localhost', address: '127.0.0.1', port: upstream.port },
    ...({ protocol: 'imap', tls: 'implicit' } as const),
  }));
  return { version: 1, accounts: [{ name: 'Work', relays }], certificateAuthorities: [pem] };
}

function configurationFile(configuration: ConfigurationInput): string {
  const file = join(scratchDirectory('configuration'), 'config.json');
  writeFileSync(file, JSON.stringify(configuration));
  return file;
}

async function signIn(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const client = await RawClient.connect(port, host);
  expect(await client.line()).toMatch(/^\* OK/);
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  return client;
}

/** Holds sockets as a service manager does, and starts the built product with them each time it is asked. */
async function holdSockets(places: string[], args: string[]) {
  const record = createEventRecord();
  const words = [support('hand_over.py'), ...places, '--', process.execPath, program, 'run', '--json', '--no-window'];
  const manager = await startService('python3', [...words, ...args], {
    isReady: async () => record.events.some(({ event }) => String(event) === 'held'),
    onStart(child) {
      if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => record.add(JSON.parse(line)));
    },
  });
  const count = (name: string) => record.events.filter(({ event }) => event === name).length;
  return {
    ...record,
    output: manager.output,
    async start() {
      const before = count('ready');
      manager.child.kill('SIGUSR1');
      await until(() => count('ready') > before, 'it is ready').catch((error) => {
        throw new Error(`${error}\n${manager.output()}`);
      });
    },
    stop: () => manager.child.kill('SIGUSR2'),
    ended: (times: number) => until(() => count('ended') === times, 'it has ended'),
  };
}

describe('sockets that the service manager hands over', () => {
  test('by the real systemd-socket-activate, both loopbacks of one relay', async () => {
    const port = await freePort();
    const file = configurationFile(configurationOf({ work: port }));
    let said = '';
    const service = await startService(
      'systemd-socket-activate',
      [
        ...['--listen', `127.0.0.1:${port}`, '--listen', `[::1]:${port}`, '--fdname=work:work'],
        ...[process.execPath, program, 'run', '--json', '--no-window'],
        ...['--config', file, '--state', join(scratchDirectory('state'), 'state')],
      ],
      {
        isReady: async () => /Listening on \[::1\]/.test(said),
        onStart: (child) =>
          child.stderr?.on('data', (chunk) => {
            said += chunk;
          }),
      },
    );
    // The first connection is what starts it.
    const client = await signIn(port);
    client.finish();
    (await signIn(port, '::1')).finish();
    expect(service.output()).not.toContain('relay-failed');
  });

  test('an upgrade loses no connection: who comes in between is served by the next one', async () => {
    const port = await freePort();
    const state = join(scratchDirectory('state'), 'state');
    const file = configurationFile(configurationOf({ work: `127.0.0.1:${port}` }));
    const held = await holdSockets([`work=127.0.0.1:${port}`], ['--config', file, '--state', state]);
    await held.start();
    const old = await signIn(port);
    const visit = async () => {
      const client = await signIn(port);
      expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
      client.finish();
      return 'served';
    };
    // Some are being admitted, some have got further, some are still queued by the system.
    const arriving = Array.from({ length: 20 }, visit);
    await Promise.race(arriving);
    arriving.push(...Array.from({ length: 20 }, visit));
    held.stop();
    const outcomes = Promise.allSettled(arriving);
    await until(() => held.output().includes('Stopping.'), 'it stops');
    // The old session goes on while the system already queues new ones.
    const between = await Promise.all([1, 2, 3].map(() => RawClient.connect(port)));
    expect((await old.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
    old.finish();
    await held.ended(1);
    await held.start();
    for (const client of between) {
      expect(await client.line()).toMatch(/^\* OK/);
      expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
      client.finish();
    }
    expect((await outcomes).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(held.events.filter(({ event }) => event === 'refused')).toEqual([]);
  });

  test('a socket outlives a change of its relay; one without a relay is named', async () => {
    const [port, stray] = [await freePort(), await freePort()];
    const configuration = configurationOf({ work: `127.0.0.1:${port}` });
    const file = configurationFile(configuration);
    const held = await holdSockets(
      [`work=127.0.0.1:${port}`, `lost=127.0.0.1:${stray}`],
      ['--config', file, '--state', join(scratchDirectory('state'), 'state')],
    );
    await held.start();
    const named = 'No relay has the name of a socket that was handed over: lost.';
    await until(() => held.output().includes(named), 'the stray one is named');
    (await signIn(port)).finish();
    const [account] = configuration.accounts;
    writeFileSync(file, JSON.stringify({ ...configuration, accounts: [{ ...account, name: 'Renamed' }] }));
    await held.event('configuration-applied');
    (await signIn(port)).finish();
  });

  test('a socket elsewhere than "listen" says is not used: a unit cannot widen what is allowed', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const file = configurationFile(configurationOf({ work: `127.0.0.1:${port}` }));
    const held = await holdSockets(
      [`work=0.0.0.0:${other}`],
      ['--config', file, '--state', join(scratchDirectory('state'), 'state')],
    );
    await held.start();
    const { message } = await held.event('relay-failed');
    expect(message).toContain('not at the address in "listen"');
    expect(held.events.filter(({ event }) => event === 'listening')).toEqual([]);
  });
});

describe('what it tells', () => {
  /** Plays the manager's socket. */
  async function notifySocket() {
    needProgram('systemd-notify');
    const path = join(scratchDirectory('notify'), 'socket');
    const said: string[] = [];
    await startService('python3', [support('notify_socket.py'), path], {
      isReady: async () => said.length > 0,
      onStart(child) {
        if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line)));
      },
    });
    return { path, said };
  }

  test('ready, reloading, ready again, the watchdog while it works, stopping', async () => {
    const { path, said } = await notifySocket();
    const file = configurationFile(configurationOf({ work: '127.0.0.1:0' }));
    const postern = await startPostern({ fixed: file, env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: '400000' } });
    const count = (word: string) => said.filter((text) => text.split('\n').includes(word)).length;
    await until(() => count('READY=1') === 1, 'it is ready');
    expect(said.find((text) => text.includes('READY=1'))).toBe('READY=1\nSTATUS=1 relay listening');
    await until(() => count('WATCHDOG=1') > 2, 'the watchdog is fed');
    postern.signal('SIGHUP');
    await until(() => count('READY=1') === 2, 'it is ready again');
    const order = said.filter((text) => /READY|RELOADING/.test(text)).map((text) => text.split('\n')[0]);
    expect(order).toEqual(['READY=1', 'RELOADING=1', 'READY=1']);
    expect(await postern.stop()).toBe(0);
    expect(said.at(-1)).toBe('STOPPING=1');
  });

  test('the journal gets priorities and fields, and the time from nobody but itself', async () => {
    const folder = scratchDirectory('journal');
    const file = configurationFile(configurationOf({ work: '127.0.0.1:0' }));
    const log = join(folder, 'journal');
    // What systemd does for a unit: standard output is the journal, and an environment variable says which file that
    // is.
    const script = 'exec >"$0"; export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1); exec "$@"';
    await startService(
      'sh',
      [
        ...['-c', script, log, process.execPath, program, 'run', '--no-window'],
        ...['--config', file, '--state', join(folder, 'state')],
      ],
      { isReady: async () => readLog().includes('<5>Ready. [event=ready') },
    );
    function readLog(): string {
      try {
        return readFileSync(log, 'utf8');
      } catch {
        return '';
      }
    }
    expect(readLog()).not.toMatch(/^\d\d:\d\d:\d\d/m);
  });

  test('fields of the journal’s own, through a socket that the unit opens for it, and nothing on standard output', async () => {
    const path = join(scratchDirectory('journal'), 'socket');
    const entries: string[] = [];
    await startService('python3', [support('notify_socket.py'), path], {
      isReady: async () => entries.length > 0,
      onStart(child) {
        if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => entries.push(JSON.parse(line)));
      },
    });
    const folder = scratchDirectory('unit');
    const file = configurationFile(configurationOf({ work: '127.0.0.1:0' }));
    const log = join(folder, 'stdout');
    const script = 'exec >"$0"; export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1); exec "$@"';
    const run = [process.execPath, program, 'run', '--no-window', '--config', file, '--state', join(folder, 'state')];
    const manager = await startService(
      'python3',
      [support('hand_over.py'), `postern-journal=${path}`, '--', 'sh', '-c', script, log, ...run],
      { isReady: async () => true },
    );
    await until(() => manager.output().includes('held'), 'the socket is held');
    manager.child.kill('SIGUSR1');
    await until(() => entries.some((entry) => entry.includes('POSTERN_EVENT=ready')), 'the journal has it');
    expect(entries.at(-1)).toBe('MESSAGE=Ready.\nPRIORITY=5\nSYSLOG_IDENTIFIER=postern\nPOSTERN_EVENT=ready\n');
    expect(readFileSync(log, 'utf8')).toBe('');
  });
});
