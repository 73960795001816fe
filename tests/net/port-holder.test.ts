import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import {
  called,
  listeningInodes,
  parseLsof,
  parseNetstat,
  parseTasklist,
  portHolder,
} from '../../proxy/net/port-holder.ts';
import { atEnd } from '../support/clean-up.ts';

test('Linux names the program that listens', async () => {
  const program = "const s=require('net').createServer().listen(0,'127.0.0.1',()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const holder = await portHolder(Number(line.toString()));
  expect(holder?.pid).toBe(child.pid);
  expect(holder?.program).toMatch(/node|MainThread/);
});

test('who holds a port at the other loopback address is this process itself, and is not named', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  expect(await portHolder((server.address() as AddressInfo).port)).toBeNull();
  const own = process.pid;
  expect(parseLsof(`p${own}\nf20\ncnode\np77\nf3\ncother\n`)).toEqual({ pid: 77, program: 'other' });
  expect(
    parseNetstat(`  TCP 127.0.0.1:1587 0.0.0.0:0 LISTENING ${own}\n  TCP [::1]:1587 [::]:0 LISTENING 77\n`, 1587),
  ).toBe(77);
});

test('nobody holds a port that is free, and a system without tools names nobody', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await portHolder(port, 'aix')).toBeNull();
  expect(await portHolder(port, 'win32')).toBeNull();
  server.close();
  await once(server, 'close');
  expect(await portHolder(port)).toBeNull();
});

test.each([
  ['node', ['/usr/bin/node', '/opt/postern/dist/main/cli.js', 'run', '--json'], 'another Postern'],
  ['MainThread', ['node', 'dist/main/cli.js', '--data-dir', '/d', 'run'], 'another Postern'],
  ['postern', [], 'another Postern'],
  ['Postern.exe', [], 'another Postern'],
  ['node', ['node', '/opt/postern/dist/main/cli.js', 'status'], 'node'],
  ['node', ['node', '/srv/other/cli.js', 'run'], 'node'],
  ['postern-like', [], 'postern-like'],
])('%s with %j is called %s', (program, commandLine, name) => {
  expect(called(program, commandLine)).toBe(name);
});

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000 100 0 0 10 0\n`;
test.each([
  ['0100007F:0477', '0A', 77, ['77']],
  ['00000000000000000000000001000000:0477', '0A', 78, ['78']],
  ['0100007F:0477', '01', 77, []],
  ['0100007F:0478', '0A', 77, []],
  ['0100007F:0477', '0A', 0, []],
])('%s in state %s', (local, state, inode, expected) => {
  expect(listeningInodes(header + row(local, state, inode), 0x477)).toEqual(expected);
});

// As printed by the tools of macOS and Windows.
test.each([
  ['p812\ncdovecot\nf35\n', { pid: 812, program: 'dovecot' }],
  ['p1\nf3\ncApple Mail\n', { pid: 1, program: 'Apple Mail' }],
  ['', null],
])('lsof: %j', (text, holder) => {
  expect(parseLsof(text)).toEqual(holder);
});

const netstat = [
  '',
  'Aktive Verbindungen',
  '',
  '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
  '  TCP    127.0.0.1:1143         127.0.0.1:50112        HERGESTELLT      99',
  '  TCP    0.0.0.0:11430          0.0.0.0:0              ABHÖREN          4',
  '  TCP    127.0.0.1:1143         0.0.0.0:0              ABHÖREN          4812',
  '  TCP    [::1]:1587             [::]:0                 ABHÖREN          4813',
].join('\r\n');
test.each([
  [1143, 4812],
  [1587, 4813],
  [143, null],
])('netstat: port %d', (port, pid) => {
  expect(parseNetstat(netstat, port)).toBe(pid);
});

test.each([
  ['"hMailServer.exe","4812","Services","0","12.345 K"\r\n', 'hMailServer.exe'],
  ['INFO: No tasks are running which match the specified criteria.\r\n', null],
])('tasklist: %j', (text, program) => {
  expect(parseTasklist(text)).toBe(program);
});
