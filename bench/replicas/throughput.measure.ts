/** `npm run bench:replicas`: what one, two and three replicas carry behind HAProxy, and what a session costs each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeUpstream } from '../../tests/support/fake-upstream.ts';
import { createAuthority, issue } from '../../tests/support/pki.ts';
import { startPostern } from '../../tests/support/postern.ts';
import { openFiles, residentBytes } from '../../tests/support/process-files.ts';
import { RawClient } from '../../tests/support/raw-client.ts';
import { type Replica, startHaproxy, startReplica } from '../../tests/support/replicas.ts';

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
    const used = () => replicas.reduce((sum, { pid }) => sum + processorMilliseconds(pid), 0);
    const until = performance.now() + 1000 * seconds;
    const before = used();
    let served = 0;
    await Promise.all(
      Array.from({ length: programs }, async () => {
        while (performance.now() < until) {
          await session(balancer.port);
          served += 1;
        }
      }),
    );
    const cost = (used() - before) / served;
    say(
      `${count} replicas: ${(served / seconds).toFixed(0)} sessions a second, ${cost.toFixed(1)} ms of a processor each`,
    );
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

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
