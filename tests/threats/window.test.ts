/** Pages and programs that try to decide in the person's place, against the built product without a desktop. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ask } from '../main/http/ask.ts';
import { selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { openStage, type Scene, type Stage, toldAtGreeting, welcome } from './stage.ts';

const asking = (name: string): Scene => ({
  name,
  upstream: { protocol: 'pop3', tls: 'implicit', identity: selfSigned({ names: ['localhost'] }) },
});
const wanted = asking('74: the server that they want to be trusted');
const twin = asking('honest: 73, 74: the server that the person trusts');

let stage: Stage;
let control: { port: number; token: string };
let question: string;
beforeAll(async () => {
  stage = await openStage([wanted, twin]);
  const file = join(stage.postern.dataDirectory, 'control.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  control = JSON.parse(readFileSync(file, 'utf8')) as typeof control;
  question = await questionOf(wanted);
});

async function greeting(scene: Scene): Promise<string> {
  const client = await RawClient.connect(stage.on(scene).port);
  const line = await client.line();
  client.finish();
  return line;
}

async function questionOf(scene: Scene): Promise<string> {
  expect(await greeting(scene)).toMatch(toldAtGreeting.pop3);
  const { account } = stage.on(scene);
  const { questions } = (await stage.snapshot()).tables;
  return Object.values(questions).find((one) => one.account === account)?.id ?? '';
}

const approve = (headers: Record<string, string>, body: unknown, method = 'POST') =>
  ask(control.port, {
    method,
    path: '/api/command/approve',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
const bearer = () => ({ Authorization: `Bearer ${control.token}` });

/** The mail program is refused as before, and nothing was remembered. */
async function expectNothingDecided(): Promise<void> {
  expect(await greeting(wanted)).toMatch(toldAtGreeting.pop3);
  const { tables } = await stage.snapshot();
  expect(tables.questions[question]).toBeDefined();
  expect(Object.values(tables.decisions).filter(({ account }) => account === stage.on(wanted).account)).toEqual([]);
}

test.each<[string, () => Record<string, string>]>([
  ['no token', () => ({})],
  ['a wrong token', () => ({ Authorization: `Bearer ${'A'.repeat(43)}` })],
  ['a part of the token', () => ({ Authorization: `Bearer ${control.token.slice(0, 42)}` })],
  ['the token and more', () => ({ Authorization: `Bearer ${control.token}A` })],
  ['the token in other letters', () => ({ Authorization: `Bearer ${control.token.toLowerCase()}` })],
  [
    'the token as a password',
    () => ({ Authorization: `Basic ${Buffer.from(`:${control.token}`).toString('base64')}` }),
  ],
  ['the token as a cookie', () => ({ Cookie: `postern-${control.port}=${control.token}` })],
  ['a rebound Host', () => ({ ...bearer(), Host: `evil.example:${control.port}` })],
  ['a Host with a dot behind it', () => ({ ...bearer(), Host: `127.0.0.1.:${control.port}` })],
  ['a Host of another form', () => ({ ...bearer(), Host: `2130706433:${control.port}` })],
  ['a Host of IPv6', () => ({ ...bearer(), Host: `[::1]:${control.port}` })],
  ['a foreign Origin', () => ({ ...bearer(), Origin: 'https://evil.example' })],
  [
    'an Origin that only begins like ours',
    () => ({ ...bearer(), Origin: `http://127.0.0.1:${control.port}.evil.example` }),
  ],
  ['an Origin of null', () => ({ ...bearer(), Origin: 'null' })],
])('73, 74: %s: 403, and nothing is decided', async (_name, headers) => {
  for (const method of ['POST', 'GET', 'PUT']) {
    expect((await approve(headers(), { id: question, remember: 'always' }, method)).status).toBe(403);
  }
  await expectNothingDecided();
});

test.each<[string, () => unknown]>([
  ['what is not pending', () => ({ id: 'aabbccdd', remember: 'always' })],
  ['what is not pending any more, in other letters', () => ({ id: question.toUpperCase(), remember: 'always' })],
  ['in words that do not exist', () => ({ id: question, remember: 'forever' })],
  ['without a word', () => ({ id: question })],
  ['with a word more', () => ({ id: question, remember: 'always', host: 'evil.example' })],
  ['all at once', () => ({ id: [question], remember: 'always' })],
  ['by a pattern', () => ({ id: '*', remember: 'always' })],
  ['by a name of the language', () => ({ id: '__proto__', remember: 'always' })],
  ['nothing', () => null],
  ['a list', () => [question, 'always']],
])('74: a program that approves %s is turned down', async (_name, body) => {
  const answer = await approve(bearer(), body());
  expect(
    answer.status === 200 ? JSON.parse(answer.body.trim().split('\n').at(-1) ?? '{}') : { ok: false },
  ).not.toMatchObject({ ok: true });
  expect(answer.body).not.toContain('"ok":true');
  await expectNothingDecided();
});

test('honest: 73, 74: the person’s own program decides, and the mail program comes in', async () => {
  const id = await questionOf(twin);
  expect((await approve(bearer(), { id, remember: 'always' })).status).toBe(200);
  expect(await greeting(twin)).toMatch(welcome.pop3);
  await expectNothingDecided();
});
