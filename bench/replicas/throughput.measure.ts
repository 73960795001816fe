/**
 * `npm run bench:replicas`: the throughput of one, two and three replicas behind HAProxy, and of one and two that share
 * a port, and what a session costs each.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { heapOption } from '../../main/heap.ts';
import { scratchDirectory } from '../../tests/support/clean-up.ts';
import { startFakeUpstream } from '../../tests/support/fake-upstream.ts';
import { createAuthority, issue } from '../../tests/support/pki.ts';
import { freePort } from '../../tests/support/ports.ts';
import { startPostern } from '../../tests/support/postern.ts';
import { openFiles, residentBytes } from '../../tests/support/process-files.ts';
import { RawClient } from '../../tests/support/raw-client.ts';
import { type Replica, type ReplicaSource, startHaproxy, startReplica } from '../../tests/support/replicas.ts';
import { startService, until } from '../../tests/support/service.ts';

const seconds = 10;
const programs = 24;
const idle = 200;

/** CPU time that a process has used, in milliseconds (proc_pid_stat(5), fields 14 and 15; 100 ticks a second). */
function processorMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function session(port: number): Promise<void> {
  const client = await RawClient.connect(port);
  await client.line();
  await client.imap('a LOGIN user secret');
  await client.imap('b LOGOUT');
  await client.rest();
  client.finish();
}

test('sessions a second, and what one costs', async () => {
  const identity = issue(createAuthority(), { names: ['localhost'] });
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const server = { server: 'localhost', address: '127.0.0.1', port: upstream.port };
  const relays = [
    { name: 'imap', protocol: 'imap' as const, tls: 'implicit' as const, listen: '127.0.0.1:0', ...server },
  ];
  const first = await startPostern({
    configuration: {
      version: 1,
      accounts: [{ name: 'Everybody', relays }],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  await (await RawClient.connect(first.port('imap'))).line();
  const { id } = await first.event('certificate-pending');
  expect((await first.command('certificates', 'approve', id)).code).toBe(0);
  await first.stop();
  const source = { server, trust: join(first.dataDirectory, 'trust.json') };
  const replicas: Replica[] = [];
  for (const count of [1, 2, 3]) {
    replicas.push(await startReplica(`r${count}`, source));
    const balancer = await startHaproxy(replicas);
    await load(`${count} replicas behind HAProxy`, balancer.port, replicas);
  }
  for (const count of [1, 2]) {
    const port = await freePort();
    const sharing = await Promise.all(Array.from({ length: count }, () => startSharing(port, source)));
    await load(`${count} with a socket each on one port`, port, sharing);
    for (const { stop } of sharing) await stop();
  }
  const [one] = replicas as [Replica];
  const [memory, files] = [residentBytes(one.pid), openFiles(one.pid).sockets];
  const clients: RawClient[] = [];
  while (clients.length < idle) {
    const client = await RawClient.connect(one.mail);
    client.send('PROXY UNKNOWN\r\n');
    await client.line();
    await client.imap('a LOGIN user secret');
    clients.push(client);
  }
  const more = (residentBytes(one.pid) - memory) / idle / 1024;
  say(
    `${idle} idle sessions: ${more.toFixed(0)} KiB and ${((openFiles(one.pid).sockets - files) / idle).toFixed(1)} sockets each`,
  );
});

/** Programs that sign in and leave, for a while. */
async function load(what: string, port: number, processes: readonly { pid: number }[]): Promise<void> {
  const used = () => processes.reduce((sum, { pid }) => sum + processorMilliseconds(pid), 0);
  const end = performance.now() + 1000 * seconds;
  const before = used();
  let served = 0;
  await Promise.all(
    Array.from({ length: programs }, async () => {
      while (performance.now() < end) {
        await session(port);
        served += 1;
      }
    }),
  );
  const cost = (used() - before) / served;
  say(`${what}: ${(served / seconds).toFixed(0)} sessions a second, ${cost.toFixed(1)} ms of a processor each`);
}

/** A process with a socket of its own on a port that others share (SO_REUSEPORT), as systemd hands it over. */
async function startSharing(port: number, { server, trust }: ReplicaSource) {
  const folder = scratchDirectory('sharing');
  const [file, state] = [join(folder, 'config.json'), join(folder, 'state')];
  const relay = { name: 'imap', protocol: 'imap', tls: 'implicit', listen: `127.0.0.1:${port}`, ...server };
  const settings = { certificateDecisionSeconds: 0 };
  writeFileSync(file, JSON.stringify({ version: 1, accounts: [{ name: 'Everybody', relays: [relay] }], settings }));
  mkdirSync(state, { mode: 0o700 });
  copyFileSync(trust, join(state, 'trust.json'));
  const manager = await startService(
    'python3',
    [
      ...[fileURLToPath(new URL('../../tests/support/hand_over.py', import.meta.url)), `imap=shared:127.0.0.1:${port}`],
      ...['--', process.execPath, heapOption, fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url))],
      ...['run', '--json', '--no-window', '--config', file, '--state', state],
    ],
    { isReady: async () => true },
  );
  await until(() => manager.output().includes('"held"'), 'its socket is there');
  manager.child.kill('SIGUSR1');
  await until(() => manager.output().includes('"ready"'), 'it is ready');
  const { pid } = JSON.parse(readFileSync(join(state, 'control.json'), 'utf8')) as { pid: number };
  return { pid, stop: manager.stop };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
