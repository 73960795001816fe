import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FilledCard, FilledField } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type Inn, startInn } from '../support/inn.ts';
import { needProgram, needPythonModule } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { startService, until } from '../support/service.ts';
import { articleBody, articleOf, feed, Reader } from './support/news.ts';
import { withScreen } from './support/screen.ts';
import { typeInto } from './support/terminal.ts';

// Real news programs, none of which is told of TLS, through the built product to a real INN.

const serverName = 'news.example.test';
const alice = { address: 'alice', password: 'pass word' };
let inn: Inn;
let postern: Postern;
/** What an article's text is when its stuffed dots and its line ends are taken off. */
const shownText = 'two words\n.a dot in front\n.\n...\n';

beforeAll(async () => {
  const identity = issue(createAuthority(), { names: [serverName] });
  inn = await startInn({ identity, users: [alice] });
  const place = { protocol: 'nntp' as const, listen: '127.0.0.1:0', server: serverName, address: '127.0.0.1' };
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        {
          name: 'News',
          relays: [
            { ...place, name: 'implicit', tls: 'implicit', port: inn.ports.nntps },
            { ...place, name: 'starttls', tls: 'starttls', port: inn.ports.nntp },
          ],
        },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
    },
  });
  await feed(inn, 3);
  const reader = await direct();
  await until(async () => (await reader.say('GROUP misc.test')).startsWith('211 3 '), 'three articles are there');
  await reader.quit();
});

/** A connection to the server itself, without Postern. */
async function direct(): Promise<Reader> {
  const reader = await Reader.open(inn.ports.nntp);
  await reader.signIn(alice);
  return reader;
}

test('Python’s nntplib reads a group, and posts an article, with every byte', async () => {
  needPythonModule('nntplib');
  const into = scratchDirectory('nntplib');
  const post = join(into, 'post');
  const id = 'from-python';
  writeFileSync(post, articleOf(id, 'open.test').replaceAll(/^\./gm, ''), 'latin1');
  const client = fileURLToPath(new URL('../support/news_client.py', import.meta.url));
  for (const relay of ['implicit', 'starttls']) {
    const job = {
      ...{ port: postern.port(relay), user: alice.address, password: alice.password, group: 'misc.test', into },
      post: relay === 'implicit' ? post : null,
    };
    const { stdout } = await mustRun('python3', ['-W', 'ignore', client], { input: JSON.stringify(job) });
    const articles = JSON.parse(stdout.toString()) as string[];
    expect(articles).toHaveLength(3);
    const reader = await direct();
    await reader.say('GROUP misc.test');
    for (const [at, file] of articles.entries()) {
      const there = (await reader.list(`ARTICLE ${at + 1}`, /^220/)).map((line) => line.replace(/^\./, ''));
      expect(readFileSync(file, 'latin1')).toBe(there.map((line) => `${line}\r\n`).join(''));
    }
    await reader.quit();
  }
  const reader = await direct();
  await until(async () => (await reader.say(`STAT <${id}@example.test>`)).startsWith('223'), 'it is posted');
  const there = await reader.list(`BODY <${id}@example.test>`, /^222/);
  expect(`${there.join('\r\n')}\r\n`).toBe(articleBody);
  await reader.quit();
});

const address = 'alice@example.test';

/** A program's card, with the person's own values. */
async function card(program: string): Promise<FilledCard> {
  const words = ['card', 'News', program, '--user', alice.address, '--address', address, '--json'];
  return JSON.parse((await postern.command(...words)).stdout.toString());
}

/** The lines that a program's card says to write into each place, with the person's own values. */
async function written(program: string): Promise<Map<string, string[]>> {
  const { steps } = await card(program);
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

describe('set up by what its card says', () => {
  test('tin fetches the articles of a group', async () => {
    const { home, env } = await homeOf('tin');
    writeFileSync(join(home, '.newsrc'), 'misc.test:\n');
    const command = `tin -r -A -n -S -v -s ${join(home, 'fetched')}`;
    const { stdout } = await runProgram('script', ['-qec', command, '/dev/null'], { env });
    expect(stdout.toString()).toMatch(/Saved 3 articles from 1 group/);
    const folder = join(home, 'fetched', 'misc', 'test');
    const fetched = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(fetched).toHaveLength(3);
    for (const text of fetched) expect(text).toContain(shownText);
  });

  test('slrn opens a group and saves an article', async () => {
    const { home, env } = await homeOf('slrn');
    mkdirSync(join(home, 'News'));
    writeFileSync(join(home, '.jnewsrc'), 'misc.test:\n');
    const program = await typeInto('slrn -k', env, [
      [/News Groups/, '\r'],
      [/Group: misc/, '\r'],
      [/two words/, 'o'],
      [/to file/, '\r'],
    ]);
    const saved = () => readdirSync(join(home, 'News')).map((name) => readFileSync(join(home, 'News', name), 'latin1'));
    await program.comesTo(() => saved().join('').includes(shownText));
    expect(saved()).toHaveLength(1);
    await program.leave([
      [/./, 'q'],
      [/News Groups/, 'q'],
      [/want to quit/, 'y'],
    ]);
  });

  test('Pan fetches what an NZB file names, and saves the attachment', async () => {
    needProgram('pan');
    const [{ fields = [] } = {}] = (await card('pan')).steps;
    const [server, port, user, password] = ['Address', 'Port', 'Username', 'Password'].map((label) =>
      fields.find((field) => field.label === label)?.value.replace('<your password>', alice.password),
    );
    expect(fields.find(({ label }) => label.startsWith('TLS'))?.value).toBe('Use Unsecure (Plaintext) Connections');
    const attachment = randomBytes(60_000);
    const reader = await direct();
    const coded = attachment.toString('base64').replace(/.{76}/g, '$&\r\n');
    const attached =
      'MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name="some.bin"\r\n' +
      'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="some.bin"\r\n';
    const head = 'From: alice <alice@example.test>\r\nNewsgroups: open.test\r\nSubject: some.bin\r\n';
    expect(await reader.post(`${head}Message-ID: <attached@example.test>\r\n${attached}\r\n${coded}\r\n`)).toMatch(
      /^240/,
    );
    await until(async () => (await reader.say('STAT <attached@example.test>')).startsWith('223'), 'it is there');
    await reader.quit();
    const home = scratchDirectory('pan');
    const elements = { host: server, port, username: user, password };
    const said = Object.entries(elements).map(([name, value]) => `<${name}>${value}</${name}>`);
    const more = `<connection-limit>2</connection-limit><newsrc>${home}/newsrc</newsrc><rank>1</rank><use-ssl>0</use-ssl>`;
    writeFileSync(
      join(home, 'servers.xml'),
      `<server-properties><server id="1">${said.join('')}${more}</server></server-properties>`,
    );
    // It asks servers for groups that it knows them to have, and for articles that have not expired.
    writeFileSync(join(home, 'newsrc'), 'open.test:\n');
    const now = Math.floor(Date.now() / 1000);
    const segment = '<segment bytes="90000" number="1">attached@example.test</segment>';
    writeFileSync(
      join(home, 'some.nzb'),
      '<?xml version="1.0"?><nzb xmlns="http://www.newzbin.com/DTD/2003/nzb">' +
        `<file poster="alice" date="${now}" subject="some.bin (1/1)"><groups><group>open.test</group></groups><segments>${segment}</segments></file></nzb>`,
    );
    const file = join(home, 'fetched', 'some.bin');
    await withScreen(async (display) => {
      // It shows its queue, and stays: what it has fetched is looked at.
      await startService('pan', ['-o', join(home, 'fetched'), '--nzb', join(home, 'some.nzb')], {
        env: { HOME: home, PAN_HOME: home, DISPLAY: display, LC_ALL: 'C.UTF-8' },
        isReady: async () => existsSync(file) && readFileSync(file).length >= attachment.length,
      });
    });
    expect(readFileSync(file).equals(attachment)).toBe(true);
  });
});

test('Alpine reads an article of a group, and saves it', async () => {
  needProgram('alpine');
  const home = scratchDirectory('alpine');
  const env = { HOME: home, TERM: 'ansi', LC_ALL: 'C' };
  const folder = `{127.0.0.1:${postern.port('starttls')}/nntp/user=${alice.address}}#news.misc.test`;
  const program = await typeInto(`alpine -i -f '${folder}'`, env, [
    [/Exit this greeting/, 'e'],
    [/PASSWORD/, `${alice.password}\r`],
    [/Preserve password/, 'n'],
    [/MESSAGE INDEX/, '\r'],
    [/two words/, 'E'],
    [/EXPORT/, 'saved\r'],
  ]);
  const saved = () => (readdirSync(home).includes('saved') ? readFileSync(join(home, 'saved'), 'latin1') : '');
  await program.comesTo(() => saved().includes(shownText));
  expect(saved()).toContain('Newsgroups: misc.test');
  await program.leave([
    [/./, 'q'],
    [/quit/i, 'y'],
  ]);
});
