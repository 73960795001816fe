import { beforeEach, describe, expect, test } from 'vitest';
import { type LoopbackHttp, openLoopbackHttp } from '../../../main/http/server.ts';
import type { CheckReport, CheckStep } from '../../../proxy/contract/index.ts';
import { CommandFailed } from '../../../proxy/state/command-failed.ts';
import { atEnd } from '../../support/clean-up.ts';
import { ask, fakeCore, send } from './ask.ts';

const step: CheckStep = { relay: 'r', step: 'tls', outcome: 'ok', message: 'TLSv1.3', milliseconds: 5 };
const report: CheckReport = { outcome: 'ok', relays: [] };
let http: LoopbackHttp;
let core: ReturnType<typeof fakeCore>;
let finishCheck: () => void;
beforeEach(async () => {
  core = fakeCore({
    async check(_input, progress) {
      progress?.(step);
      await new Promise<void>((resolve) => {
        finishCheck = resolve;
      });
      progress?.({ ...step, step: 'sign-in' });
      return report;
    },
    reject: async () => {
      throw new CommandFailed('not-pending', 'Nothing waits under this id.');
    },
    pause: async () => {
      throw new TypeError('secret detail of a mistake');
    },
  });
  http = await openLoopbackHttp({ port: 0, windowDirectory: null });
  http.serve(core.api);
  atEnd(http.close);
});

const post = (name: string, body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  path: `/api/command/${name}`,
  headers: { Authorization: `Bearer ${http.keys.bearer}`, 'Content-Type': 'application/json', ...headers },
  body,
});
const resultOf = (body: string) => JSON.parse(body).result;

test('progress comes as it happens, the result last', async () => {
  const response = await send(http.port, post('check', '{"account":"Work"}'));
  expect(response.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  response.setEncoding('utf8');
  const chunks = response[Symbol.asyncIterator]();
  const first = await chunks.next();
  expect(JSON.parse(String(first.value))).toEqual({ progress: step });
  finishCheck();
  let rest = '';
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) rest += next.value;
  expect(
    rest
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ progress: { ...step, step: 'sign-in' } }, { result: { ok: true, value: report } }]);
  expect(core.asked).toEqual([['check', { account: 'Work' }]]);
});

test('an expected failure is a result; a mistake of ours is one without its details', async () => {
  expect(resultOf((await ask(http.port, post('reject', '{"id":"aabbccdd"}'))).body)).toEqual({
    ok: false,
    failure: { code: 'not-pending', message: 'Nothing waits under this id.' },
  });
  const { body } = await ask(http.port, post('pause', '{}'));
  expect(resultOf(body).failure.code).toBe('failed');
  expect(body).not.toContain('secret detail');
  expect(core.faults).toHaveLength(1);
});

test('input is checked against the schema of the command, in the words of the configuration', async () => {
  const cases: [string, string, string][] = [
    ['approve', '{"id":"aabbccdd","remember":"forever"}', 'remember'],
    ['approve', '{"id":"../../etc","remember":"once"}', 'id'],
    ['approve', '{"remember":"once"}', 'id'],
    ['pause', '{"extra":1}', 'extra: unknown key'],
    [
      'configure',
      '{"configuration":{"version":1,"accounts":[{"name":"A","relays":[{"tls":"none"}]}]}}',
      'expected "implicit" or "starttls", found "none"',
    ],
    ['pause', 'null', 'expected'],
    ['pause', '[]', 'expected'],
  ];
  for (const [name, input, words] of cases) {
    const { failure } = resultOf((await ask(http.port, post(name, input))).body);
    expect(failure.code).toBe('bad-input');
    expect(failure.message).toContain(words);
  }
  expect(core.asked).toEqual([]);
});

describe('what is no command is not run', () => {
  test.each<[string, number, () => ReturnType<typeof post>]>([
    ['an unknown name', 404, () => post('explode', '{}')],
    ['a name of every object', 404, () => post('constructor', '{}')],
    ['a form', 415, () => post('pause', 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' })],
    ['plain text', 415, () => post('pause', '{}', { 'Content-Type': 'text/plain' })],
    ['no JSON', 400, () => post('pause', '{')],
    ['an empty body', 400, () => post('pause', '')],
    ['a body that is too large', 413, () => post('pause', JSON.stringify('x'.repeat(1024 * 1024)))],
    ['a body that says that it is too large', 413, () => post('pause', '{}', { 'Content-Length': '99999999999' })],
    ['PUT', 404, () => ({ ...post('pause', '{}'), method: 'PUT' })],
  ])('%s', async (_name, status, question) => {
    expect((await send(http.port, question())).statusCode).toBe(status);
    expect(core.asked).toEqual([]);
  });

  test('one that is just small enough is', async () => {
    const padding = ' '.repeat(1024 * 1024 - 2);
    expect((await ask(http.port, post('resume', `{}${padding}`))).status).toBe(200);
    expect((await ask(http.port, post('resume', `{}${padding} `))).status).toBe(413);
  });
});
