/** A question without a window: the built product tells a real program, a real web server, and a mailbox. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Message } from '../../main/notify/message.ts';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { balancer, connectDevice } from '../support/device.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { needProgram } from '../support/needs.ts';
import { createAuthority, type Identity, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runs } from '../support/process-files.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { root } from '../support/sources.ts';

let authority: Identity;
let good: Identity;
let rootFile: string;
let doubtful: ConfigurationInput['accounts'][number]['relays'][number];
beforeAll(async () => {
  authority = createAuthority();
  good = issue(authority, { names: ['localhost'] });
  rootFile = writeFiles(scratchDirectory('authority'), good).root;
  const identity = selfSigned({ names: ['localhost'] });
  const { port } = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });
  const place = { server: 'localhost', address: '127.0.0.1', listen: '127.0.0.1:0', port };
  doubtful = { name: 'doubtful', protocol: 'pop3', tls: 'implicit', ...place };
});

/** The command that runs this text as a Node program; `out` is the file that it may write. */
function program(text: string): { command: [string, ...string[]]; out: string } {
  const folder = scratchDirectory('program');
  const file = join(folder, 'program.mjs');
  writeFileSync(file, `import fs from 'node:fs';\nconst out = process.argv[2];\n${text}\n`);
  const out = join(folder, 'out');
  return { command: [process.execPath, file, out], out };
}

const records = "fs.appendFileSync(out, fs.readFileSync(0, 'utf8'));";
const linesOf = (file: string): Message[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : [];

async function run(notify: ConfigurationInput['notify'], more: Partial<ConfigurationInput> = {}): Promise<Postern> {
  return startPostern({
    configuration: {
      version: 1,
      accounts: [{ name: 'Work', relays: [doubtful] }],
      certificateAuthorities: [rootFile],
      settings: { certificateDecisionSeconds: 0 },
      ...(notify === undefined ? {} : { notify }),
      ...more,
    },
  });
}

/** A mail program that connects to the server in doubt. */
async function knock(postern: Postern): Promise<void> {
  const { port } = await postern.event('listening', ({ relay }) => relay === 'doubtful');
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern: /);
  await client.ended;
}

const question = {
  version: 1,
  kind: 'question',
  title: 'Is this really localhost?',
  text: expect.stringContaining('Nothing of Work is sent there until you decide.'),
  command: 'postern certificates',
  account: 'Work',
  server: 'localhost',
};

test('a program and a web server hear of a question, once; and of what still waits when it starts again', async () => {
  const posted: { path: string | undefined; authorization: string | undefined; message: unknown }[] = [];
  const server = createServer({ cert: good.chainPem, key: good.keyPem }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { url: path, headers } = request;
    posted.push({ path, authorization: headers.authorization, message: JSON.parse(body) });
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const { command, out } = program(records);
  const tokenFile = join(scratchDirectory('token'), 'token');
  writeFileSync(tokenFile, 'canary-token\n', { mode: 0o600 });
  const url = `https://localhost:${(server.address() as AddressInfo).port}/hook?topic=mail`;
  const postern = await run({ command, webhook: { url, tokenFile } });
  await knock(postern);
  await knock(postern);
  await until(async () => posted.length > 0, 'the web server has heard');
  expect(linesOf(out)).toEqual([expect.objectContaining(question)]);
  expect(posted).toEqual([
    { path: '/hook?topic=mail', authorization: 'Bearer canary-token', message: linesOf(out)[0] },
  ]);
  await postern.stop();
  expect(postern.output()).not.toContain('canary-token');
  expect(readFileSync(join(postern.dataDirectory, 'logs', 'postern.log'), 'utf8')).not.toContain('canary-token');
  await startPostern({ dataDirectory: postern.dataDirectory });
  await until(async () => posted.length === 2, 'it is told again by the next one');
  expect(linesOf(out)[1]).toMatchObject(question);
});

test('a program that hangs holds no mail, and ends with Postern', async () => {
  const { command, out } = program('fs.writeFileSync(out, String(process.pid)); setInterval(() => {}, 1000);');
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: good });
  const sound = { ...doubtful, name: 'sound', protocol: 'imap', port: upstream.port } as const;
  const postern = await run({ command }, { accounts: [{ name: 'Work', relays: [doubtful, sound] }] });
  await knock(postern);
  await until(async () => existsSync(out) && readFileSync(out, 'utf8') !== '', 'it runs');
  const { port } = await postern.event('listening', ({ relay }) => relay === 'sound');
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(/^\* OK/);
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  client.finish();
  expect(await postern.stop()).toBe(0);
  // The system may take a moment to end what was killed.
  await expect.poll(() => runs(Number(readFileSync(out, 'utf8')))).toBe(false);
});

test('108: a device that knocks is told of once, not once for each start; another one is news', async () => {
  const { command, out } = program(records);
  const scans = {
    ...doubtful,
    name: 'scans',
    proxyProtocol: [balancer],
    lan: { allow: ['192.168.7.20'], reading: true },
  };
  let postern = await run({ command }, { accounts: [{ name: 'Scans', relays: [scans] }] });
  const knocks = async (address: string) => {
    const from = postern.events.length;
    const { port } = await postern.event('listening', ({ relay }) => relay === 'scans');
    await connectDevice(port, address);
    await postern.event('refused', ({ facts }) => (facts as { from?: string })?.from === address, from);
  };
  const texts = () => linesOf(out).map(({ kind, text }) => `${kind} ${/192\.168\.7\.\d+/.exec(text)}`);
  await knocks('192.168.7.33');
  // What is told and not yet noted when Postern ends, is told again.
  await until(async () => existsSync(join(postern.dataDirectory, 'knocks.json')), 'it is told, and noted');
  await postern.stop();
  postern = await startPostern({ dataDirectory: postern.dataDirectory });
  // In this order: of the first of them, the message would stand in front of that of the second.
  for (const address of ['192.168.7.33', '192.168.7.34']) await knocks(address);
  await until(async () => texts().length === 2, 'the other is told of');
  expect(texts()).toEqual(['device 192.168.7.33', 'device 192.168.7.34']);
});

test('an account that waits for a sign-in is told of at the start', async () => {
  const { command, out } = program(records);
  const relay = { ...doubtful, name: 'own' };
  await run({ command }, { accounts: [{ name: 'Own $(x)', signIn: { kind: 'stored', user: 'u' }, relays: [relay] }] });
  await until(async () => linesOf(out).length > 0, 'it is told');
  expect(linesOf(out)).toEqual([
    expect.objectContaining({
      ...{ kind: 'sign-in-needed', account: 'Own $(x)', command: 'postern accounts' },
      title: 'Own $(x) waits for you to sign in',
    }),
  ]);
});

test('by mail, through another relay of the same Postern, as deploy/notify has it', async () => {
  needProgram('msmtp');
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity: good });
  const port = await freePort();
  const mail = { ...doubtful, name: 'mail', protocol: 'smtp', port: upstream.port } as const;
  const example = readFileSync(join(root, 'deploy/notify/msmtprc'), 'utf8');
  const folder = scratchDirectory('msmtp');
  writeFileSync(join(folder, 'password'), 'secret\n', { mode: 0o600 });
  const own = [
    ['port 1587', `port ${port}`],
    ['user postern@example.net', 'user user'],
    ['/etc/postern/notify-password', join(folder, 'password')],
  ].reduce((text, [from = '', to = '']) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, example);
  writeFileSync(join(folder, 'msmtprc'), own, { mode: 0o600 });
  const postern = await run(
    { command: [join(root, 'deploy/notify/mail'), join(folder, 'msmtprc'), 'ops@example.org'] },
    {
      accounts: [
        { name: 'Work', relays: [doubtful] },
        { name: 'Other', relays: [{ ...mail, listen: `127.0.0.1:${port}` }] },
      ],
    },
  );
  await knock(postern);
  await until(async () => upstream.connections.some(({ messages }) => messages.length > 0), 'the mail has come');
  const [sent] = upstream.connections.flatMap(({ messages }) => messages);
  const text = (sent ?? Buffer.of()).toString();
  expect(text).toMatch(/^To: ops@example\.org\r?$/m);
  expect(text).toMatch(/^Subject: Postern on .+: question\r?$/m);
  expect(text).toMatch(/^Is this really localhost\?\r?$/m);
  expect(text).toMatch(/^On that computer: postern certificates\r?$/m);
  expect(postern.output()).not.toContain('Nobody was told');
});

test.each([
  [{}, 'notify: expected "command", "webhook", or both'],
  [{ command: 'mail me' }, 'notify.command: expected a program by its absolute path'],
  [{ command: ['mail'] }, 'notify.command: expected a program by its absolute path'],
  [{ command: [] }, 'notify.command: expected a program by its absolute path'],
  [{ webhook: { url: 'http://example.org/' } }, 'notify.webhook.url: expected an https URL'],
  [{ webhook: { url: 'https://user:canary@example.org/' } }, 'notify.webhook.url: expected an https URL'],
  [{ webhook: {} }, 'notify.webhook: expected either "url" or "urlFile"'],
  [{ webhook: { url: 'https://example.org/', urlFile: 'x' } }, 'notify.webhook: expected either'],
  [{ webhook: { url: 'https://example.org/', tokenfile: 'x' } }, 'notify.webhook.tokenfile'],
  [{ shell: 'x' }, 'notify.shell: unknown key; expected only command, webhook'],
])('%j is refused, with what it should be', async (notify, words) => {
  const folder = scratchDirectory('validate');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ version: 1, accounts: [], notify }));
  const ran = await runProgram(process.execPath, [
    join(root, 'dist/main/cli.js'),
    ...['config', 'validate', join(folder, 'config.json')],
  ]);
  const said = `${ran.stdout}${ran.stderr}`;
  expect([ran.code, said]).toEqual([2, expect.stringContaining(words)]);
  expect(said).not.toContain('canary');
});
