import { spawn } from 'node:child_process';
import { copyFileSync, openSync, realpathSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localOwner } from '../../proxy/net/local-owner.ts';
import { attempt, processFiles, socketInode } from '../../proxy/net/process-files.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';

const onLinux = test.runIf(process.platform === 'linux');

onLinux('this process: its program, its beginning, and a socket of its own among its descriptors', async () => {
  const self = String(process.pid);
  expect(processFiles.processes()).toContain(self);
  expect(processFiles.program(self)).toBe(realpathSync(process.execPath));
  expect(processFiles.began(self)).toMatch(/^\d+$/);
  const server = createServer().listen(0, '127.0.0.1');
  atEnd(() => void server.close());
  const accepted = await new Promise<import('node:net').Socket>((resolve) => {
    server.once('connection', resolve);
    server.once('listening', () => {
      const { port } = server.address() as { port: number };
      const client = connect(port, '127.0.0.1');
      atEnd(() => void client.destroy());
    });
  });
  const owner = await localOwner(accepted);
  if (owner.kind !== 'own-user') throw new Error(owner.kind);
  expect([...processFiles.descriptors(self)].map(socketInode)).toContain(owner.inode);
});

onLinux('the newest descriptors come first', () => {
  const opened = openSync('/dev/full', 'r');
  const targets = [...processFiles.descriptors(String(process.pid))];
  expect(opened).toBeGreaterThan(2);
  expect(targets.indexOf('/dev/full')).toBeLessThan(targets.length - 3);
});

onLinux('the beginning of a process whose name has blanks and parentheses', async () => {
  const program = join(scratchDirectory('programs'), 'a) 1 (b');
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['60']);
  atEnd(() => void child.kill());
  const ours = Number(processFiles.began(String(process.pid)));
  expect(Number(processFiles.began(String(child.pid)))).toBeGreaterThanOrEqual(ours);
});

test('a process that is not there: the error of the system, or what is given instead', () => {
  expect(() => processFiles.program('0')).toThrow('ENOENT');
  expect(attempt(() => processFiles.program('0'), 'none')).toBe('none');
});

test('what is no socket has no inode', () => {
  expect(socketInode('socket:[42]')).toBe('42');
  expect(socketInode('pipe:[42]')).toBeUndefined();
  expect(socketInode('/tmp/socket:[42]')).toBeUndefined();
});
