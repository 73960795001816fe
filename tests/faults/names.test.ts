/** The name server fails and recovers, under the built command with the system's own resolver. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CoreClient, connectCore } from '../../main/http/client.ts';
import type { RefusalReason } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { createEventRecord, type EventRecord } from '../support/event-record.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { needNamespaces } from '../support/needs.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { startService } from '../support/service.ts';
import { toldAtGreeting, welcome } from '../threats/stage.ts';
import { type Mood, type NameServer, startNameServer } from './name-server.ts';

/** A loopback address on which no other name server runs. */
const address = '127.53.53.1';
const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

let names: NameServer;
let record: EventRecord;
let core: CoreClient;
beforeAll(async () => {
  needNamespaces();
  names = await startNameServer(address);
  const authority = createAuthority();
  const identity = issue(authority, { names: ['mail.test', 'other.test'] });
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });
  const directory = join(scratchDirectory('names'), 'data');
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'root.pem'), authority.certPem);
  const relay = { protocol: 'pop3', tls: 'implicit', port: upstream.port, listen: '127.0.0.1:0' };
  const configuration = {
    version: 1,
    accounts: [
      {
        name: 'A',
        relays: [
          { ...relay, name: 'named', server: 'mail.test' },
          { ...relay, name: 'by address', server: 'mail.test', address: '127.0.0.1' },
          { ...relay, name: 'unknown', server: 'unknown.test' },
          { ...relay, name: 'well-known', server: 'imap.gmail.com' },
        ],
      },
    ],
    certificateAuthorities: ['root.pem'],
    settings: { connectTimeoutSeconds: 10 },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(configuration));
  const resolver = join(directory, '..', 'resolv.conf');
  writeFileSync(resolver, `nameserver ${address}\noptions timeout:1 attempts:2\n`);
  record = createEventRecord();
  // Only the resolver's configuration differs in its mount namespace.
  const script = 'mount --bind "$1" /etc/resolv.conf && exec "$2" "$3" run --json --no-window --data-dir "$4"';
  await startService('unshare', ['--mount', 'sh', '-c', script, 'sh', resolver, process.execPath, program, directory], {
    isReady: async () => record.events.some(({ event }) => event === 'ready'),
    onStart(child) {
      if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => record.add(JSON.parse(line)));
    },
  });
  core = await connectCore(directory);
});
afterAll(() => core.close());

/** From now on the name server does this, and earlier answers are forgotten. */
async function become(mood: Mood): Promise<void> {
  names.mood = mood;
  await core.command('networkChanged', {});
}

async function greeting(relay: string): Promise<string> {
  const client = await RawClient.connect(record.port(relay));
  const line = await client.line();
  client.finish();
  await client.ended;
  return line;
}

test('honest: the name is looked up and the server reached', async () => {
  expect(await greeting('named')).toMatch(welcome.pop3);
  expect(names.asked).toBeGreaterThan(0);
});

const failures: [Mood, RefusalReason[]][] = [
  ['knows-nothing', ['upstream-unreachable']],
  ['fails', ['upstream-unreachable']],
  ['refuses', ['upstream-unreachable']],
  // How long the system waits for such a server is its own decision; our deadline may come first.
  ['silent', ['upstream-unreachable', 'upstream-timeout']],
  ['talks-nonsense', ['upstream-unreachable', 'upstream-timeout']],
];

test.each(failures)(
  'a name server that %s: refused and told; when it answers again, all works',
  async (mood, reasons) => {
    await become(mood);
    const from = record.events.length;
    expect(await greeting('named')).toMatch(toldAtGreeting.pop3);
    const refused = await record.event('refused', () => true, from);
    expect(reasons).toContain(refused.reason);
    expect(refused.message).toContain('mail.test');
    names.mood = 'answers';
    expect(await greeting('named')).toMatch(welcome.pop3);
  },
);

test.each([
  ['knows-nothing', 'unknown', 'dns-not-found'],
  // A name known to exist: a name server that does not know it cannot look anything up.
  ['knows-nothing', 'well-known', 'offline'],
  ['fails', 'unknown', 'dns-failing'],
  ['refuses', 'unknown', 'dns-failing'],
] as const)('a name server that %s the server %s is recognised as %s', async (mood, relay, code) => {
  await become(mood);
  const from = record.events.length;
  expect(await greeting(relay)).toMatch(toldAtGreeting.pop3);
  expect((await record.event('refused', () => true, from)).code).toBe(code);
  names.mood = 'answers';
});

test('a crowd that waits for a silent name server holds up no one else', async () => {
  await become('silent');
  const asked = names.asked;
  const crowd = Array.from({ length: 60 }, () => greeting('named'));
  // Meanwhile everything that needs no name goes on, the disk included: programs that connect are looked up, servers
  // are remembered.
  const others = await Promise.all(Array.from({ length: 10 }, () => greeting('by address')));
  for (const line of others) expect(line).toMatch(welcome.pop3);
  for (const line of await Promise.all(crowd)) expect(line).toMatch(toldAtGreeting.pop3);
  // Two questions each, for both address families, repeated a few times: not sixty times that.
  expect(names.asked - asked).toBeLessThan(60);
  names.mood = 'answers';
  expect(await greeting('named')).toMatch(welcome.pop3);
});
