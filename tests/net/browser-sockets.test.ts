import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBrowserSockets, type ProcessFiles } from '../../proxy/net/browser-sockets.ts';
import { localOwner } from '../../proxy/net/local-owner.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';

/** Processes by number: their program, and where their descriptors lead. Counts the reads. */
function system(processes: Record<string, [program: string, ...descriptors: string[]]>) {
  const read = { looks: 0, descriptors: 0 };
  const files: ProcessFiles = {
    processes: () => {
      read.looks += 1;
      return Object.keys(processes);
    },
    program: (process) => processes[process]?.[0] ?? '',
    descriptors: function* (process) {
      for (const target of processes[process]?.slice(1) ?? []) {
        read.descriptors += 1;
        yield target;
      }
    },
  };
  return { sockets: createBrowserSockets(files), read };
}

test('84: sockets of browsers are told, also of one that was updated while it runs', async () => {
  const { sockets } = system({
    1: ['/usr/lib/firefox/firefox', '/dev/null', 'socket:[11]'],
    2: ['/opt/google/chrome/chrome (deleted)', 'socket:[22]', 'pipe:[5]'],
  });
  expect(await sockets.holds('11')).toBe(true);
  expect(await sockets.holds('22')).toBe(true);
  expect(await sockets.holds('5')).toBe(false);
});

test('honest: 84: those of other programs are not, nor is a suite with mail taken for a browser; their descriptors are not read', async () => {
  const { sockets, read } = system({
    1: ['/usr/bin/mutt', 'socket:[11]'],
    2: ['/usr/lib/seamonkey/seamonkey', 'socket:[22]'],
    3: ['/opt/vivaldi/vivaldi-bin', 'socket:[33]'],
    4: ['/home/me/chrome/python3.11', 'socket:[44]'],
  });
  for (const inode of ['11', '22', '33', '44']) expect(await sockets.holds(inode)).toBe(false);
  expect(read.descriptors).toBe(0);
});

test('84: all that ask while a look is under way share the next one', async () => {
  const { sockets, read } = system({ 1: ['/usr/bin/chromium', 'socket:[1]'] });
  const answers = await Promise.all(Array.from({ length: 500 }, (_, at) => sockets.holds(String(at))));
  expect(answers.filter(Boolean)).toHaveLength(1);
  expect(read.looks).toBeLessThanOrEqual(2);
});

test('84: a process that begins as another program is read again until it has settled', async () => {
  const processes: Record<string, [string, ...string[]]> = { 1: ['/bin/sh', 'socket:[1]'] };
  const { sockets } = system(processes);
  expect(await sockets.holds('1')).toBe(false);
  processes[1] = ['/usr/bin/chromium', 'socket:[1]'];
  expect(await sockets.holds('1')).toBe(true);
});

test('a process that ended, or may not be looked at, hides nobody else', async () => {
  const sockets = createBrowserSockets({
    processes: () => ['1', '2', '3'],
    program(process) {
      if (process === '1') throw new Error('EACCES');
      return '/usr/bin/firefox';
    },
    descriptors(process) {
      if (process === '2') throw new Error('ENOENT');
      return ['socket:[3]'];
    },
  });
  expect(await sockets.holds('3')).toBe(true);
  const hidden = createBrowserSockets({
    processes() {
      throw new Error('no /proc');
    },
    program: () => '',
    descriptors: () => [],
  });
  expect(await hidden.holds('3')).toBe(false);
});

test.runIf(process.platform === 'linux')(
  '84: a real program of that name is seen by its socket, this process is not',
  async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEnd(() => void server.close());
    const { port } = server.address() as { port: number };
    const program = join(scratchDirectory('browser'), 'firefox');
    copyFileSync(process.execPath, program);
    const script = `require('net').connect(${port}, '127.0.0.1')`;
    const child = spawn(program, ['-e', script], { stdio: 'inherit' });
    atEnd(() => void child.kill());
    const sockets = createBrowserSockets();
    const heldByBrowser = async () => {
      const [socket] = await once(server, 'connection');
      atEnd(() => socket.destroy());
      const owner = await localOwner(socket);
      return owner.kind === 'own-user' ? sockets.holds(owner.inode) : owner.kind;
    };
    expect(await heldByBrowser()).toBe(true);
    const own = connect(port, '127.0.0.1');
    atEnd(() => own.destroy());
    expect(await heldByBrowser()).toBe(false);
  },
);
