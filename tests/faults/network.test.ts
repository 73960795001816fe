/**
 * Postern and its server in network namespaces of their own, with a line between them that loses, delays and reorders
 * packets, and fails: while a server is being reached, during sign-in and during transfers.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PosternEvent, RefusalReason } from '../../proxy/contract/index.ts';
import { bounded } from '../support/bounded.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { createEventRecord, type EventRecord } from '../support/event-record.ts';
import { patienceSeconds } from '../support/patience.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { openFiles } from '../support/process-files.ts';
import { startService, until } from '../support/service.ts';
import { blamesThePassword, toldAtGreeting } from '../threats/stage.ts';
import { type Companion, type Network, openNetwork, startCompanion } from './namespaces.ts';
import type { News, Order } from './network-client.ts';

const connectTimeoutSeconds = 3;
const mebibyte = 1024 * 1024;
const relays = ['implicit', 'starttls'] as const;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let network: Network;
let server: Companion;
let program: Companion;
let record: EventRecord;
let pid: number;
let sockets: number;
const news: News[] = [];
let lastNumber = 0;

beforeAll(async () => {
  network = await openNetwork();
  const directory = scratchDirectory('network');
  const authority = createAuthority();
  const files = writeFiles(directory, issue(authority, { names: ['mail.test'] }));
  const { near, far } = network;
  const node = process.execPath;
  server = startCompanion(far.namespace, node, path('network-server.ts'), far.address, files.certificate, files.key);
  const ports = (await server.hear()) as Record<(typeof relays)[number], number>;
  const data = join(directory, 'data');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(data, 'root.pem'), authority.certPem);
  const configuration = {
    version: 1,
    accounts: [
      {
        name: 'A',
        relays: relays.map((tls) => ({
          name: tls,
          protocol: 'pop3',
          tls,
          server: 'mail.test',
          address: far.address,
          port: ports[tls],
          listen: '127.0.0.1:0',
        })),
      },
    ],
    certificateAuthorities: ['root.pem'],
    settings: { connectTimeoutSeconds, certificateDecisionSeconds: 0 },
  };
  writeFileSync(join(data, 'config.json'), JSON.stringify(configuration));
  record = createEventRecord();
  const command = [node, path('../../dist/main/cli.js'), 'run', '--json', '--no-window', '--data-dir', data];
  // `ip netns exec` and setpriv each replace themselves with the program that they start: the process is Postern
  // itself.
  const { child } = await startService('ip', ['netns', 'exec', near.namespace, ...command], {
    isReady: async () => record.events.some(({ event }) => event === 'ready'),
    onStart(started) {
      if (started.stdout) createInterface({ input: started.stdout }).on('line', (line) => record.add(JSON.parse(line)));
    },
  });
  pid = child.pid ?? 0;
  program = startCompanion(near.namespace, node, path('network-client.ts'));
  program.lines.on('line', (line) => news.push(JSON.parse(line)));
  for (const relay of relays) expect((await session(relay)).at).toBe('whole');
  sockets = openFiles(pid).sockets;
});

/** Starts a mail program; returns its number. */
function begin(relay: (typeof relays)[number], more: Pick<Order, 'down' | 'up' | 'waits'> = {}): number {
  lastNumber += 1;
  program.say({ number: lastNumber, port: record.port(relay), ...more } satisfies Order);
  return lastNumber;
}

/** Waits until it has got this far. */
async function reaches(number: number, at: News['at']): Promise<void> {
  await until(() => {
    if (ended(number)) throw new Error(`it ended first: ${JSON.stringify(ended(number))}`);
    return news.some((one) => one.number === number && one.at === at);
  }, `mail program ${number} is ${at}`);
}

/**
 * Starts a mail program that is in the middle of a transfer when this resolves, however late that is: the line carries a few
 * mebibytes of it, and then nothing until its mood changes.
 */
async function inTransfer(relay: (typeof relays)[number], way: 'down' | 'up'): Promise<number> {
  await network.mood({ delay: 2, cutAfter: 3000 });
  const number = begin(relay, { [way]: 12 * mebibyte });
  await reaches(number, 'flowing');
  return number;
}

const ended = (number: number) => news.find((one) => one.number === number && one.ending !== undefined);

/** Waits for its end; `at` is how far it had got. */
async function outcome(number: number): Promise<News> {
  await until(() => ended(number) !== undefined, `mail program ${number} has ended`);
  return { ...news.findLast((one) => one.number === number && one.at), ...ended(number), number };
}

async function session(...words: Parameters<typeof begin>): Promise<News> {
  return outcome(begin(...words));
}

/** The line works again: the next session succeeds, and nothing is left of the earlier ones. */
afterEach(async () => {
  network.interface('up');
  await network.mood({});
  for (const relay of relays) {
    expect(await session(relay, { down: 20_000, up: 20_000 })).toMatchObject({ at: 'whole', ending: 'end' });
  }
  const opened = record.events.filter(({ event }) => event === 'session-opened').length;
  await until(
    () => record.events.filter(({ event }) => event === 'session-closed').length === opened,
    'every session is over',
  );
  await until(() => openFiles(pid).sockets <= sockets, 'every socket is closed');
});

const whenAway: readonly RefusalReason[] = ['upstream-timeout', 'upstream-unreachable'];

async function expectTold(number: number): Promise<void> {
  const { heard = '', ending } = await outcome(number);
  expect(heard.trimEnd()).toMatch(toldAtGreeting.pop3);
  expect(heard).not.toMatch(blamesThePassword);
  expect(ending).toBe('end');
}

function expectStated(event: PosternEvent): void {
  const { reason, message } = event as Extract<PosternEvent, { event: 'refused' }>;
  expect(whenAway).toContain(reason);
  expect(message).toMatch(/mail\.test|10\.66\.0\.2/);
}

async function expectRefused(number: number, from: number): Promise<void> {
  await expectTold(number);
  const stated = record.event('refused', () => true, from);
  expectStated(await bounded(stated, patienceSeconds * 1000, () => 'no refusal was stated'));
}

describe.each(relays)('%s', (relay) => {
  test('64: the line is cut after every packet of the attempt: refused, told, stated', async () => {
    const from = record.events.length;
    // One program for each packet, all at once: each waits until the time of its attempt is over.
    await network.mood({ cutEach: Array.from({ length: 14 }, (_, packets) => packets) });
    const numbers = Array.from({ length: 14 }, () => begin(relay));
    const isGreeted = (number: number) => news.some((one) => one.number === number && one.at === 'greeted');
    await until(
      () => numbers.every((number) => isGreeted(number) || ended(number) !== undefined),
      'each is greeted, or refused',
    );
    const refused = numbers.filter((number) => !isGreeted(number));
    for (const number of refused) await expectTold(number);
    const stated = () => record.events.slice(from).filter(({ event }) => event === 'refused');
    await until(() => stated().length >= refused.length, 'each refusal is stated');
    for (const event of stated()) expectStated(event);
    // TCP and TLS take at least a handful of packets.
    expect(refused.length).toBeGreaterThan(4);
  });

  test('64: the network is gone before the attempt, and comes back', async () => {
    network.interface('down');
    const from = record.events.length;
    await expectRefused(begin(relay), from);
  });

  test('64: the network goes during the sign-in: told, and never as a wrong password', async () => {
    const number = begin(relay, { waits: true });
    await reaches(number, 'greeted');
    const from = record.events.length;
    await network.mood({ cut: true });
    program.say({ go: number });
    await expectRefused(number, from);
  });

  test('64: packets are lost, late and out of order: every byte arrives, both ways', async () => {
    const before = await network.mood({ loss: 0.03, delay: 5, reorder: 0.1 });
    for (const order of [{ down: mebibyte }, { up: mebibyte }, { down: 300_000, up: 300_000 }]) {
      // An attempt may be unlucky; a transfer that has begun arrives complete.
      let came = await session(relay, order);
      for (let tries = 1; tries < 5 && came.at === undefined; tries += 1) came = await session(relay, order);
      expect(came).toMatchObject({ at: 'whole', ending: 'end' });
    }
    expect(record.events.findLast(({ event }) => event === 'session-closed')).toMatchObject({ ending: 'clean' });
    const after = await network.mood({});
    expect(after.dropped - before.dropped).toBeGreaterThan(10);
    expect(after.overtaken - before.overtaken).toBeGreaterThan(10);
  });

  test.each(['down', 'up'] as const)(
    '64: the network goes and comes back in the middle of a transfer %s',
    async (way) => {
      const number = await inTransfer(relay, way);
      network.interface('down');
      await pause(1_500);
      network.interface('up');
      await network.mood({});
      expect(await outcome(number)).toMatchObject({ at: 'whole', ending: 'end' });
    },
  );

  test('19, 64: the server forgets the connection while the network is away: cut short, and not an end', async () => {
    const from = record.events.length;
    const number = await inTransfer(relay, 'up');
    await network.mood({ cut: true });
    server.say('drop');
    await server.hear();
    await network.mood({});
    expect(await outcome(number)).toMatchObject({ at: 'flowing', ending: 'reset' });
    expect(await record.event('session-closed', () => true, from)).toMatchObject({ ending: 'truncated' });
  });

  test('64: a mail program that gives up while the network is away leaves nothing behind', async () => {
    const from = record.events.length;
    const number = await inTransfer(relay, 'down');
    await network.mood({ cut: true });
    program.say({ leave: number });
    await outcome(number);
    expect(await record.event('session-closed', () => true, from)).toMatchObject({ ending: 'client-reset' });
  });
});
