/** What can be monitored in a running core, read by what monitors it: probes, promtool, and a real Prometheus. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { code, op } from '../../proxy/protocols/ldap-operations.ts';
import { ldapAnswer, simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { startService, until } from '../support/service.ts';
import { root } from '../support/sources.ts';

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));
const secret = 'kanarienvogel-metrics';
let port: number;
let postern: Postern;
const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);

beforeAll(async () => {
  port = await freePort();
  const good = issue(createAuthority(), { names: ['localhost'] });
  const [sound, doubtful] = await Promise.all(
    [good, selfSigned({ names: ['localhost'] })].map((identity) =>
      startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity }),
    ),
  );
  const users = { user: secret };
  const news = await startFakeUpstream({ protocol: 'nntp', tls: 'implicit', identity: good, users });
  const directory = await startFakeUpstream({ protocol: 'ldap', tls: 'implicit', identity: good, users });
  const relay = {
    protocol: 'pop3',
    tls: 'implicit',
    server: 'localhost',
    address: '127.0.0.1',
    listen: '127.0.0.1:0',
  } as const;
  postern = await startPostern({
    args: ['--metrics', `127.0.0.1:${port}`],
    configuration: {
      version: 1,
      accounts: [
        { name: 'Sound', relays: [{ ...relay, name: 'sound', port: sound?.port ?? 0 }] },
        { name: 'Doubtful', relays: [{ ...relay, name: 'doubtful', port: doubtful?.port ?? 0 }] },
        { name: 'News', relays: [{ ...relay, protocol: 'nntp', name: 'news', port: news.port }] },
        { name: 'Book', relays: [{ ...relay, protocol: 'ldap', name: 'book', port: directory.port }] },
        { name: 'Own', signIn: { kind: 'stored', user: secret }, relays: [{ ...relay, name: 'own', port: 995 }] },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), good).root],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  for (const name of ['sound', 'doubtful']) {
    const event = await postern.event('listening', (one) => one.relay === name);
    const client = await RawClient.connect(event.port);
    await client.line();
    if (name === 'sound') {
      client.send(`USER user\r\n`);
      await client.line();
      client.send(`PASS ${secret}\r\n`);
      await client.line();
      client.send('QUIT\r\n');
      await client.line();
    }
    client.finish();
  }
  const { port: newsPort } = await postern.event('listening', (one) => one.relay === 'news');
  const reader = await RawClient.connect(newsPort);
  await reader.line();
  for (const line of ['GROUP misc.test', 'AUTHINFO USER user', `AUTHINFO PASS ${secret}`]) await reader.pop3(line);
  reader.finish();
  await postern.event('session-closed', (one) => one.relay === 'news');
  const lookUp = await RawClient.connect((await postern.event('listening', (one) => one.relay === 'book')).port);
  lookUp.send(simpleBind(1, 'user', secret));
  await lookUp.bytes(ldapAnswer(1, op.bindResponse, code.success, '').length);
  lookUp.finish();
  await postern.event('session-closed', (one) => one.relay === 'book');
  await postern.event('session-closed', (one) => one.relay === 'sound');
  await postern.event('refused', (one) => one.relay === 'doubtful');
});

test('what happened is told, and no secret, user or server with it', async () => {
  const response = await get('/metrics');
  const text = await response.text();
  expect(text).toContain('postern_sessions_total{account="Sound",protocol="pop3"} 1');
  expect(text).toContain('postern_refusals_total{account="Doubtful",protocol="pop3",reason="certificate-undecided"} 1');
  const ofNews = '{account="News",protocol="nntp"}';
  expect(text).toContain(`postern_sessions_total${ofNews} 1`);
  expect(text).toContain(`postern_listeners${ofNews} 1`);
  expect(text).toMatch(/^postern_bytes_total\{account="News",protocol="nntp",direction="up"\} [1-9]\d*$/m);
  expect(text).toContain(`postern_certificate_not_after_timestamp_seconds${ofNews} `);
  expect(text).toContain('postern_sessions_total{account="Book",protocol="ldap"} 1');
  expect(text).toMatch(/^postern_bytes_total\{account="Book",protocol="ldap",direction="down"\} [1-9]\d*$/m);
  expect(text).toContain('postern_questions_pending{account="Doubtful"} 1');
  expect(text).toContain('postern_sign_in_needed{account="Own",reason="password-missing"} 1');
  expect(text).toMatch(
    /^postern_certificate_not_after_timestamp_seconds\{account="Sound",protocol="pop3"\} [\d.e+]+$/m,
  );
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds [\d.]+$/m);
  for (const word of [secret, 'localhost', 'misc.test', '"sound"', '"news"', '"user"'])
    expect(text).not.toContain(word);
  expect(await (await get('/healthz')).text()).toBe('ready\n');
});

test('promtool has nothing to say against it', async () => {
  const text = await (await get('/metrics')).text();
  const ours = text
    .split('\n')
    .filter((line) => /^(?:# (?:HELP|TYPE) )?postern_/.test(line))
    .join('\n');
  const ran = await runProgram('promtool', ['check', 'metrics'], { input: `${ours}\n` });
  expect([ran.code, ran.stdout.toString(), ran.stderr]).toEqual([0, '', '']);
});

test('the alert rules are right, and go off when they should and not before', async () => {
  for (const words of [
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
    ['check', 'config', '--syntax-only', 'scrape.yml'],
  ]) {
    const ran = await runProgram('promtool', words, { cwd: join(root, 'deploy', 'prometheus') });
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringMatching(/FAILED|error/i)]);
  }
});

test('the dashboard and the alerts ask for nothing that is not told', async () => {
  const told = new Set([...(await (await get('/metrics')).text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const asked = ['grafana/postern.json', 'prometheus/alerts.yml'].flatMap((file) =>
    [...readFileSync(join(root, 'deploy', file), 'utf8').matchAll(/\b(?:postern|nodejs|process)_[a-z0-9_]+/g)].map(
      String,
    ),
  );
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !told.has(name))).toEqual([]);
  const { panels } = JSON.parse(readFileSync(join(root, 'deploy/grafana/postern.json'), 'utf8'));
  expect(panels.every((panel: { targets: unknown[] }) => panel.targets.length > 0)).toBe(true);
});

test('a real Prometheus scrapes it', async () => {
  const folder = scratchDirectory('prometheus');
  const file = join(folder, 'prometheus.yml');
  const web = await freePort();
  writeFileSync(
    file,
    JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'postern', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    }),
  );
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${web}`,
  ];
  const ask = async (query: string) => {
    const response = await fetch(`http://127.0.0.1:${web}/api/v1/query?query=${encodeURIComponent(query)}`);
    return (await response.json()) as { data: { result: { value: [number, string] }[] } };
  };
  await startService('prometheus', args, {
    isReady: () =>
      fetch(`http://127.0.0.1:${web}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  await until(async () => {
    const { data } = await ask('postern_sessions_total{account="Sound"}');
    return data.result[0]?.value[1] === '1';
  }, 'Prometheus has scraped it');
  const { data } = await ask('up{job="postern"}');
  expect(data.result[0]?.value[1]).toBe('1');
});

test('while it stops it is not ready, and after that it is gone', async () => {
  const client = await RawClient.connect((await postern.event('listening', (one) => one.relay === 'sound')).port);
  await client.line();
  const stopping = postern.stop();
  client.finish();
  expect(await stopping).toBe(0);
  await expect(get('/healthz')).rejects.toThrow();
});

test('an address that cannot be had, and one that is none', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  atEnd(() => void other.close());
  const taken = (other.address() as { port: number }).port;
  const folder = scratchDirectory('refused');
  const run = (where: string) =>
    runProgram(process.execPath, [
      program,
      'run',
      '--no-window',
      '--metrics',
      where,
      '--data-dir',
      join(folder, 'data'),
    ]);
  const refused = await run(`127.0.0.1:${taken}`);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`at 127.0.0.1:${taken} (EADDRINUSE)`)]);
  const odd = await run('everywhere');
  expect([odd.code, odd.stderr]).toEqual([2, expect.stringContaining('--metrics expects an address and port')]);

  const kept = join(folder, 'kept.txt');
  writeFileSync(kept, 'kept');
  const file = await run(kept);
  expect([file.code, file.stderr]).toEqual([1, expect.stringContaining(`${kept} is there already, and is no socket`)]);
  expect(readFileSync(kept, 'utf8')).toBe('kept');

  // A start that is refused opens nothing: the configuration comes first.
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data', 'config.json'), '{');
  const socket = join(folder, 'm.sock');
  for (const where of [`127.0.0.1:${taken}`, kept, socket]) {
    const broken = await run(where);
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining('config.json')]);
    expect(broken.stderr).not.toContain('etrics');
  }
  expect([existsSync(socket), readFileSync(kept, 'utf8')]).toEqual([false, 'kept']);
});
