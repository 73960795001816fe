import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { type CyrusNews, startCyrusNews } from '../support/cyrus.ts';
import { honestHalf } from '../support/honest-half.ts';
import { type Inn, startInn } from '../support/inn.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { until } from '../support/service.ts';
import { articleBody, articleOf, feed, Reader } from './support/news.ts';

// News through the built product, from and to a real INN and a real Cyrus, byte for byte. Programs: news-programs.test.ts.

const serverName = 'news.example.test';
const alice = { address: 'alice', password: 'pass word' };
const routes = ['implicit', 'starttls'] as const;
let inn: Inn;
let cyrus: CyrusNews;
let postern: Postern;

beforeAll(async () => {
  const identity = issue(createAuthority(), { names: [serverName] });
  inn = await startInn({ identity, users: [alice] });
  cyrus = await startCyrusNews({ identity, users: [alice], group: 'misc.test' });
  const relay = (name: string, tls: 'implicit' | 'starttls', { ports }: Inn | CyrusNews = inn) => ({
    ...{ name, protocol: 'nntp' as const, tls, listen: '127.0.0.1:0', server: serverName, address: '127.0.0.1' },
    port: tls === 'implicit' ? ports.nntps : ports.nntp,
  });
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        { name: 'News', relays: routes.map((tls) => relay(tls, tls)) },
        { name: 'Cyrus', relays: routes.map((tls) => relay(`cyrus-${tls}`, tls, cyrus)) },
        { name: 'Kept', signIn: { kind: 'stored', user: alice.address }, relays: [relay('kept', 'starttls')] },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
      settings: { logLevel: 'trace' },
    },
  });
});

/** A password as it is, and wherever it may begin in Base64. */
const formsOf = (secret: string) => [
  secret,
  ...['', 'x', 'xx'].map((before) =>
    Buffer.from(`${before}${secret}`)
      .toString('base64')
      .slice(before === '' ? 0 : 4, -4),
  ),
];

/** A connection to the server itself, without Postern. */
const direct = (server: Inn | CyrusNews = inn) => Reader.open(server.ports.nntp);

describe.each(routes)('%s', (tls) => {
  const reader = () => Reader.open(postern.port(tls));

  test('an article is posted, and read again with every byte', async () => {
    const news = await reader();
    expect((await news.list('CAPABILITIES', /^101/)).join('\n')).not.toMatch(/STARTTLS/);
    expect(await news.say('GROUP misc.test')).toMatch(/^480/);
    expect(await news.signIn(alice)).toMatch(/^281/);
    expect(await news.post(articleOf(tls))).toMatch(/^240/);
    await until(async () => (await news.say('GROUP misc.test')).startsWith('211'), 'there is a group');
    const other = await direct();
    await other.signIn(alice);
    const id = `<${tls}@example.test>`;
    await until(async () => (await other.say(`STAT ${id}`)).startsWith('223'), 'the article is there');
    const there = await other.list(`ARTICLE ${id}`, /^220/);
    expect(await news.list(`ARTICLE ${id}`, /^220/)).toEqual(there);
    expect(`${there.slice(there.indexOf('') + 1).join('\r\n')}\r\n`).toBe(articleBody);
    await news.quit();
    await other.quit();
  });

  test('a wrong password is the server’s to refuse; its STARTTLS is declined', async () => {
    const news = await reader();
    expect(await news.say('STARTTLS')).toMatch(/^502 Postern/);
    expect(await news.signIn({ ...alice, password: 'wrong' })).toMatch(/^481/);
    expect(await news.signIn(alice)).toMatch(/^281/);
    await news.quit();
  });

  test('what may be read without a sign-in is, and the server may want one later', async () => {
    const news = await reader();
    expect(await news.say('GROUP open.test')).toMatch(/^211/);
    expect(await news.list('LIST OVERVIEW.FMT', /^215/)).toContain('Subject:');
    // A list of groups: raw bytes from here.
    expect((await news.list('LIST', /^215/)).join()).toMatch(/open\.test/);
    expect(await news.say('GROUP misc.test')).toMatch(/^480/);
    expect(await news.signIn(alice)).toMatch(/^281/);
    expect(await news.say('GROUP misc.test')).toMatch(/^211/);
    await news.quit();
  });
});

test.each(routes)('Cyrus, %s: an article is posted, and read again with every byte', async (tls) => {
  const news = await Reader.open(postern.port(`cyrus-${tls}`));
  expect((await news.list('CAPABILITIES', /^101/)).join('\n')).not.toMatch(/STARTTLS/);
  expect(await news.say('GROUP misc.test')).toMatch(/^480/);
  expect(await news.signIn(alice)).toMatch(/^281/);
  expect(await news.post(articleOf(`cyrus-${tls}`))).toMatch(/^240/);
  const other = await direct(cyrus);
  await other.signIn(alice);
  const [, , , last] = (await other.say('GROUP misc.test')).split(' ');
  const there = await other.list(`ARTICLE ${last}`, /^220/);
  expect(await news.say('GROUP misc.test')).toMatch(/^211/);
  expect(await news.list(`ARTICLE ${last}`, /^220/)).toEqual(there);
  expect(`${there.slice(there.indexOf('') + 1).join('\r\n')}\r\n`).toBe(articleBody);
  await news.quit();
  await other.quit();
});

test('a group of five hundred articles is read through both routes, as it is at the server', async () => {
  await feed(inn, 500);
  const other = await direct();
  await other.signIn(alice);
  let last = 0;
  await until(async () => {
    last = Number((await other.say('GROUP misc.test')).split(' ')[3]);
    return last >= 500;
  }, 'five hundred articles are there');
  const asked = Array.from({ length: 500 }, (_, at) => `ARTICLE ${last - at}`);
  const all = await other.lists(asked, /^220/);
  const overview = await other.list(`OVER 1-${last}`, /^224/);
  await other.quit();
  for (const tls of routes) {
    const news = await Reader.open(postern.port(tls));
    await news.signIn(alice);
    await news.say('GROUP misc.test');
    expect(await news.list(`OVER 1-${last}`, /^224/)).toEqual(overview);
    expect(await news.lists(asked, /^220/)).toEqual(all);
    await news.quit();
  }
});

test('107: news: Postern signs in: the program has the local password, nothing can be read before, and neither password is written down', async () => {
  const stored = await postern.commandWith(`${alice.password}\n`, 'accounts', 'sign-in', 'Kept', '--password-stdin');
  expect([stored.code, stored.stderr]).toEqual([0, '']);
  const local = (await postern.command('accounts', 'local-password', 'Kept', '--json')).stdout.toString();
  const password = (JSON.parse(local) as { password: string }).password;
  const news = await Reader.open(postern.port('kept'));
  expect(await news.say('GROUP open.test')).toMatch(/^480 Postern/);
  expect(await news.signIn(alice)).toMatch(/^481 Postern/);
  await honestHalf('honest: 107: news: with the local password the server is read', async () => {
    expect(await news.signIn({ address: 'anybody', password })).toMatch(/^281/);
    expect(await news.say('GROUP misc.test')).toMatch(/^211/);
  });
  await news.quit();
  const bundle = join(scratchDirectory('bundle'), 'd.zip');
  expect((await postern.command('diagnostics', bundle)).code).toBe(0);
  const files = readdirSync(postern.dataDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('vault.'))
    .map((entry) => join(entry.parentPath, entry.name));
  const written = [...files, bundle].map((file) => readFileSync(file, 'latin1')).join();
  const rows = (await postern.command('status', '--json')).stdout.toString();
  const everything = [written, rows, JSON.stringify(postern.events), postern.output()].join();
  // The conversation is there, as far as it may be.
  for (const side of ['client', 'to-server']) expect(everything).toMatch(new RegExp(`trace ${side} .*AUTHINFO PASS`));
  for (const form of [alice.password, password].flatMap(formsOf)) expect(everything).not.toContain(form);
});

test('the check signs in, and says whether articles may be posted; status calls it NNTP', async () => {
  const { code, stdout } = await postern.commandWith(
    `${alice.password}\n`,
    ...['check', 'News', '--user', alice.address, '--password-stdin'],
  );
  expect(stdout.toString()).toMatch(/Articles may be read and posted/);
  expect(code).toBe(0);
  expect((await postern.command('status')).stdout.toString()).toMatch(/NNTP/);
});
