import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FilledCard, FilledField } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type CyrusNews, startCyrusNews } from '../support/cyrus.ts';
import { type Inn, startInn } from '../support/inn.ts';
import { needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

// News through the built product, from and to a real INN and a real Cyrus, with programs that do not support TLS.

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
    },
  });
});

/** A news program that says what it is told. */
class Reader {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  /** Connects and hears the greeting. */
  static async open(port: number, greeting = /^200 /): Promise<Reader> {
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(greeting);
    return new Reader(client);
  }

  async say(line: string): Promise<string> {
    this.#client.send(`${line}\r\n`);
    return this.#client.line();
  }

  /** Commands whose replies are lists, sent at once. Returns their lines, with dots as they were sent. */
  async lists(commands: readonly string[], code: RegExp): Promise<string[][]> {
    this.#client.send(commands.map((line) => `${line}\r\n`).join(''));
    const all: string[][] = [];
    while (all.length < commands.length) {
      expect(await this.#client.line()).toMatch(code);
      const lines: string[] = [];
      for (let next = await this.#client.line(); next !== '.'; next = await this.#client.line()) lines.push(next);
      all.push(lines);
    }
    return all;
  }

  async list(command: string, code: RegExp): Promise<string[]> {
    return (await this.lists([command], code))[0] ?? [];
  }

  async signIn(password = alice.password, user = alice.address): Promise<string> {
    const asked = await this.say(`AUTHINFO USER ${user}`);
    return asked.startsWith('381') ? this.say(`AUTHINFO PASS ${password}`) : asked;
  }

  async post(article: string): Promise<string> {
    expect(await this.say('POST')).toMatch(/^340/);
    this.#client.send(`${article}.\r\n`);
    return this.#client.line();
  }

  async quit(): Promise<void> {
    expect(await this.say('QUIT')).toMatch(/^205/);
    expect(await this.#client.ended).toBe('end');
    this.#client.finish();
  }
}

/** Every byte value that an article may contain, dots at the start of lines, long lines. */
const body = [
  'two words',
  '..a dot in front',
  '..',
  '....',
  '',
  'x'.repeat(900),
  String.fromCharCode(...Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== 10 && byte !== 13)),
  '',
]
  .map((line) => `${line}\r\n`)
  .join('');
const article = (id: string, group = 'misc.test') =>
  `From: alice <alice@example.test>\r\nNewsgroups: ${group}\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.test>\r\n\r\n${body}`;

/** Makes another server send this many articles, without waiting for each reply. */
async function feed(count: number): Promise<void> {
  const peer = await RawClient.connect(inn.ports.feed);
  await peer.line();
  const date = new Date().toUTCString().replace('GMT', '+0000');
  for (let number = 0; number < count; number += 1) {
    const head = `Path: other.test!not-for-mail\r\nDate: ${date}\r\n`;
    peer.send(`TAKETHIS <n${number}@example.test>\r\n${head}${article(`n${number}`)}.\r\n`);
  }
  for (let number = 0; number < count; number += 1) expect(await peer.line()).toMatch(/^239/);
  peer.finish();
}

/** A connection to the server itself, without Postern. */
const direct = (server: Inn | CyrusNews = inn) => Reader.open(server.ports.nntp);

describe.each(routes)('%s', (tls) => {
  const reader = () => Reader.open(postern.port(tls));

  test('an article is posted, and read again with every byte', async () => {
    const news = await reader();
    expect((await news.list('CAPABILITIES', /^101/)).join('\n')).not.toMatch(/STARTTLS/);
    expect(await news.say('GROUP misc.test')).toMatch(/^480/);
    expect(await news.signIn()).toMatch(/^281/);
    expect(await news.post(article(tls))).toMatch(/^240/);
    await until(async () => (await news.say('GROUP misc.test')).startsWith('211'), 'there is a group');
    const other = await direct();
    await other.signIn();
    const id = `<${tls}@example.test>`;
    await until(async () => (await other.say(`STAT ${id}`)).startsWith('223'), 'the article is there');
    const there = await other.list(`ARTICLE ${id}`, /^220/);
    expect(await news.list(`ARTICLE ${id}`, /^220/)).toEqual(there);
    expect(`${there.slice(there.indexOf('') + 1).join('\r\n')}\r\n`).toBe(body);
    await news.quit();
    await other.quit();
  });

  test('a wrong password is the server’s to refuse; its STARTTLS is declined', async () => {
    const news = await reader();
    expect(await news.say('STARTTLS')).toMatch(/^502 Postern/);
    expect(await news.signIn('wrong')).toMatch(/^481/);
    expect(await news.signIn()).toMatch(/^281/);
    await news.quit();
  });

  test('what may be read without a sign-in is, and the server may want one later', async () => {
    const news = await reader();
    expect(await news.say('GROUP open.test')).toMatch(/^211/);
    expect(await news.list('LIST OVERVIEW.FMT', /^215/)).toContain('Subject:');
    // A list of groups: raw bytes from here.
    expect((await news.list('LIST', /^215/)).join()).toMatch(/open\.test/);
    expect(await news.say('GROUP misc.test')).toMatch(/^480/);
    expect(await news.signIn()).toMatch(/^281/);
    expect(await news.say('GROUP misc.test')).toMatch(/^211/);
    await news.quit();
  });
});

test.each(routes)('Cyrus, %s: an article is posted, and read again with every byte', async (tls) => {
  const news = await Reader.open(postern.port(`cyrus-${tls}`));
  expect((await news.list('CAPABILITIES', /^101/)).join('\n')).not.toMatch(/STARTTLS/);
  expect(await news.say('GROUP misc.test')).toMatch(/^480/);
  expect(await news.signIn()).toMatch(/^281/);
  expect(await news.post(article(`cyrus-${tls}`))).toMatch(/^240/);
  const other = await direct(cyrus);
  await other.signIn();
  const [, , , last] = (await other.say('GROUP misc.test')).split(' ');
  const there = await other.list(`ARTICLE ${last}`, /^220/);
  expect(await news.say('GROUP misc.test')).toMatch(/^211/);
  expect(await news.list(`ARTICLE ${last}`, /^220/)).toEqual(there);
  expect(`${there.slice(there.indexOf('') + 1).join('\r\n')}\r\n`).toBe(body);
  await news.quit();
  await other.quit();
});

test('a group of five hundred articles is read through both routes, as it is at the server', async () => {
  await feed(500);
  const other = await direct();
  await other.signIn();
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
    await news.signIn();
    await news.say('GROUP misc.test');
    expect(await news.list(`OVER 1-${last}`, /^224/)).toEqual(overview);
    expect(await news.lists(asked, /^220/)).toEqual(all);
    await news.quit();
  }
});

test('Postern signs in: the program has the local password, and nothing can be read before', async () => {
  const stored = await postern.commandWith(`${alice.password}\n`, 'accounts', 'sign-in', 'Kept', '--password-stdin');
  expect([stored.code, stored.stderr]).toEqual([0, '']);
  const local = (await postern.command('accounts', 'local-password', 'Kept', '--json')).stdout.toString();
  const password = (JSON.parse(local) as { password: string }).password;
  const news = await Reader.open(postern.port('kept'));
  expect(await news.say('GROUP open.test')).toMatch(/^480 Postern/);
  expect(await news.signIn(alice.password)).toMatch(/^481 Postern/);
  expect(await news.signIn(password, 'anybody')).toMatch(/^281/);
  expect(await news.say('GROUP misc.test')).toMatch(/^211/);
  await news.quit();
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

/** The lines that a program's card says to write into each place, with the person's own values. */
async function written(program: string): Promise<Map<string, string[]>> {
  const address = 'alice@example.test';
  const words = ['card', 'News', program, '--user', alice.address, '--address', address, '--json'];
  const { steps } = JSON.parse((await postern.command(...words)).stdout.toString()) as FilledCard;
  const line = ({ label, value, note }: FilledField) => {
    // Follow the note: only a part of the address.
    const part = address.split('@')[note?.includes('behind the @') ? 1 : 0] ?? '';
    const told = note?.includes('the @') ? value.replace(address, part) : value;
    const said = told.replaceAll('<your password>', alice.password);
    return label === 'one line' ? said : label.endsWith('=') ? `${label}${said}` : `${label} ${said}`;
  };
  return new Map(steps.map(({ where, fields }) => [where[0] ?? '', fields.map(line)]));
}

/** A home directory with the card's files, and the variables that the card sets. */
async function homeOf(program: string): Promise<{ home: string; env: NodeJS.ProcessEnv }> {
  const home = scratchDirectory(program);
  const env: NodeJS.ProcessEnv = { HOME: home, TERM: 'vt100', LC_ALL: 'C' };
  for (const [file, lines] of await written(program)) {
    if (file === '~/.profile') {
      for (const each of lines) {
        const [, name = '', value] = /^export (\w+)=(.*)$/.exec(each) ?? [];
        env[name] = value;
      }
    } else writeFileSync(join(home, basename(file)), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
  return { home, env };
}

/** A newsrc in which all but three articles have been read. */
async function allButThree(): Promise<string> {
  const other = await direct();
  await other.signIn();
  const [, , , last] = (await other.say('GROUP misc.test')).split(' ');
  await other.quit();
  return `misc.test: 4-${last}\n`;
}

describe('set up by what its card says', () => {
  test('tin fetches the articles of a group', async () => {
    const { home, env } = await homeOf('tin');
    writeFileSync(join(home, '.newsrc'), await allButThree());
    const command = `tin -r -A -n -S -v -s ${join(home, 'fetched')}`;
    const { stdout } = await runProgram('script', ['-qec', command, '/dev/null'], { env });
    expect(stdout.toString()).toMatch(/Saved 3 articles from 1 group/);
    const folder = join(home, 'fetched', 'misc', 'test');
    const fetched = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(fetched).toHaveLength(3);
    for (const text of fetched) expect(text).toContain('two words\n.a dot in front\n.\n...\n');
  });

  test('slrn opens a group and saves an article', async () => {
    const { home, env } = await homeOf('slrn');
    mkdirSync(join(home, 'News'));
    writeFileSync(join(home, '.jnewsrc'), await allButThree());
    const child = spawn(needProgram('script'), ['-qec', 'stty rows 24 cols 80; slrn -k', '/dev/null'], {
      env: { ...process.env, ...env },
    });
    atEnd(() => void child.kill('SIGKILL'));
    // Into the group, into the article, save it where slrn suggests.
    const keys: [RegExp, string][] = [
      [/News Groups/, '\r'],
      [/Group: misc/, '\r'],
      [/two words/, 'o'],
      [/to file/, '\r'],
    ];
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
      const [pattern, key] = keys[0] ?? [];
      if (!pattern?.test(shown)) return;
      keys.shift();
      shown = '';
      child.stdin.write(key);
    });
    const saved = () => readdirSync(join(home, 'News')).map((name) => readFileSync(join(home, 'News', name), 'latin1'));
    await until(() => saved().join('').includes('two words\n.a dot in front\n.\n...\n'), 'it is saved', 30).catch(
      (error) => {
        throw new Error(`${keys.length} keys left; shown: ${JSON.stringify(shown.slice(-800))}`, { cause: error });
      },
    );
    keys.push([/News Groups/, 'q'], [/want to quit/, 'y']);
    const ended = once(child, 'close');
    child.stdin.write('q');
    await ended;
  });
});
