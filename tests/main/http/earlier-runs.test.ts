import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  awaitedFor,
  earlierRunsFile,
  open,
  questionAt,
  type ReturnKey,
  readEarlierRuns,
  type Sealed,
  seal,
} from '../../../main/http/earlier-runs.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

const bytes = ({ key }: ReturnKey) => Buffer.from(key, 'base64url');
const asked = (key: ReturnKey, port: number) => ({ id: key.id, ...seal(bytes(key), questionAt(port), '') });
const read = (key: ReturnKey, question: Sealed, answer: Sealed | null) =>
  answer && open(bytes(key), answer, question.sealed);

let links = 0;
const link = () => {
  links += 1;
  return `link ${links}`;
};
const run = (dataDirectory: string, port: number, now?: () => number) =>
  readEarlierRuns({ dataDirectory, port, link, ...(now && { now }) });

test('honest: 86: a window of the run before, and of the two before that, learns the link, as often as it asks the same one', async () => {
  const directory = scratchDirectory('runs');
  const keys: [ReturnKey, number][] = [];
  for (const port of [1001, 1002, 1003]) keys.push([await (await run(directory, port)).issue(), port]);
  expect(statSync(earlierRunsFile(directory)).mode & 0o777).toBe(0o600);
  const now = await run(directory, 1004);
  expect(now.ports).toEqual([1003, 1002, 1001]);
  for (const [key, port] of keys) {
    const question = asked(key, port);
    const told = read(key, question, now.answer(port, question));
    expect(told).toBe(`link ${links}`);
    const again = asked(key, port);
    expect(read(key, again, now.answer(port, again))).toBe(told);
  }
  await now.issue();
  expect((await run(directory, 1005)).ports).toEqual([1004, 1003, 1002]);
});

test('a window that comes back is told of, once it has asked, to whoever waits and whoever asks later', async () => {
  const directory = scratchDirectory('runs');
  const first = await run(directory, 1001);
  expect(await first.windowBack(60_000)).toBe(false);
  const key = await first.issue();
  const next = await run(directory, 1002);
  expect(await next.windowBack(1)).toBe(false);
  const waiting = next.windowBack(2 ** 30);
  next.answer(1001, { ...asked(key, 1001), id: 'A'.repeat(22) });
  expect(await next.windowBack(1)).toBe(false);
  next.answer(1001, asked(key, 1001));
  expect(await waiting).toBe(true);
  expect(await next.windowBack(0)).toBe(true);
});

test('86: a question from another port, of another window, changed, late, or no question at all is not answered', async () => {
  const directory = scratchDirectory('runs');
  const first = await run(directory, 1001);
  const [key, other] = [await first.issue(), await first.issue()];
  let time = 0;
  const now = await run(directory, 1002, () => time);
  const question = asked(key, 1001);
  const end = question.sealed.slice(0, -2);
  for (const [port, given] of [
    [1002, question],
    [1001, asked(key, 1002)],
    [1001, { ...question, id: other.id }],
    [1001, { ...question, sealed: `${end}${question.sealed.endsWith('AA') ? 'BB' : 'AA'}` }],
    [1001, { ...question, sealed: '' }],
    [1001, { ...question, more: 1 }],
    [1001, null],
    [1001, 'where?'],
  ] as const) {
    expect(now.answer(port, given)).toBeNull();
  }
  time = awaitedFor;
  const answer = now.answer(1001, question);
  expect(read(key, question, answer)).toMatch(/^link/);
  // The answer is for this question, and for who has the key.
  expect(answer && open(bytes(key), answer, asked(key, 1001).sealed)).toBeNull();
  expect(answer && open(bytes(other), answer, question.sealed)).toBeNull();
  time = awaitedFor + 1;
  expect(now.answer(1001, question)).toBeNull();
});

test.each([
  ['no file', null],
  ['text that makes no sense', '{'],
  ['another form', '[{"port":1001,"secret":"short"}]'],
])('%s is no reason not to start, and is overwritten by the first window', async (_, text) => {
  const directory = scratchDirectory('runs');
  const file = earlierRunsFile(directory);
  if (text !== null) writeFileSync(file, text);
  const now = await run(directory, 1001);
  expect(now.ports).toEqual([]);
  await now.issue();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([{ port: 1001 }]);
});

test('where the file cannot be written there is no key, and the next window is given one when it can', async () => {
  const directory = `${scratchDirectory('runs')}/later`;
  const now = await run(directory, 1001);
  await expect(now.issue()).rejects.toThrow('ENOENT');

  mkdirSync(directory);
  expect(await now.issue()).toMatchObject({ id: expect.any(String) });
});
