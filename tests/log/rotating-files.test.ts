import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openRotatingFiles } from '../../proxy/log/rotating-files.ts';
import { patienceSeconds } from '../support/patience.ts';

const patience = { timeout: 1000 * patienceSeconds };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-files-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'postern.log');

test('lines are appended in their order', async () => {
  for (const name of ['first', 'second']) {
    const files = await openRotatingFiles(directory);
    for (let line = 0; line < 100; line += 1) files.write(`${name} ${line}`);
    await files.close();
  }
  const lines = readFileSync(file(), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(200);
  expect(lines[0]).toBe('first 0');
  expect(lines[199]).toBe('second 99');
});

test.runIf(process.platform !== 'win32')(
  '72: a link in its place is not followed, and a pipe is not waited for',
  async () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'not ours\n');
    for (const put of [() => symlinkSync(elsewhere, file()), () => execFileSync('mkfifo', [file()])]) {
      rmSync(file(), { force: true });
      put();
      const files = await openRotatingFiles(directory);
      files.write('line');
      await files.close();
      expect(lstatSync(file()).isFile()).toBe(true);
      expect(readFileSync(file(), 'utf8')).toBe('line\n');
    }
    expect(readFileSync(elsewhere, 'utf8')).toBe('not ours\n');
    expect(readdirSync(directory).filter((name) => name.startsWith('postern.log.unusable-'))).toHaveLength(2);
  },
);

test('a full file is put aside, five are kept, all are private, and the newest lines are there', async () => {
  let line = 0;
  for (let round = 0; round < 12; round += 1) {
    const files = await openRotatingFiles(directory, 10_000);
    for (let count = 0; count < 200; count += 1) files.write(`line ${line++} ${'x'.repeat(60)}`);
    await files.close();
  }
  const names = readdirSync(directory).sort();
  expect(names.filter((name) => name !== 'postern.log')).toEqual([1, 2, 3, 4].map((number) => `postern.${number}.log`));
  for (const name of names) {
    const { size, mode } = statSync(join(directory, name));
    expect(size).toBeLessThan(20_000);
    if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
  }
  // Oldest file first: the last lines are kept, without a gap.
  const text = [...names.filter((name) => name !== 'postern.log').reverse(), 'postern.log']
    .map((name) => readFileSync(join(directory, name), { encoding: 'utf8', flag: 'a+' }))
    .join('');
  const numbers = [...text.matchAll(/^line (\d+) /gm)].map(([, number]) => Number(number));
  expect(numbers.at(-1)).toBe(line - 1);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
});

test('a disk that refuses costs lines; when it takes them again there is a word about those that were lost', async () => {
  mkdirSync(file());
  const files = await openRotatingFiles(directory);
  for (let line = 0; line < 100; line += 1) files.write(`on its way ${line}`);
  // Files that are opened later fail and close; by then the first one has failed, too.
  for (let later = 0; later < 3; later += 1) {
    const other = await openRotatingFiles(directory);
    other.write('x');
    await other.close();
  }
  for (let line = 0; line < 100; line += 1) files.write('lost');
  rmSync(file(), { recursive: true });
  const later = performance.now() + 31_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => later);
  try {
    files.write('found');
    await files.close();
  } finally {
    clock.mockRestore();
  }
  expect(readFileSync(file(), 'utf8')).toMatch(/^\S+Z warn lines-lost count=\d+\nfound\n$/);
});

test.runIf(process.platform !== 'win32')(
  'a log that is deleted, alone or with its folder, begins anew with the next line',
  async () => {
    const files = await openRotatingFiles(directory);
    files.write('before');
    await vi.waitFor(() => expect(readFileSync(file(), 'utf8')).toBe('before\n'), patience);
    for (const deleted of [file(), directory]) {
      rmSync(deleted, { recursive: true });
      files.write(`after ${deleted}`);
      await vi.waitFor(() => expect(readFileSync(file(), 'utf8')).toBe(`after ${deleted}\n`), patience);
      expect(statSync(file()).mode & 0o777).toBe(0o600);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    await files.close();
  },
);

test('what a slow disk cannot take is dropped and not kept in memory', async () => {
  const files = await openRotatingFiles(directory);
  // All in one turn: nothing reaches the disk in between.
  for (let line = 0; line < 3000; line += 1) files.write('x'.repeat(1000));
  await files.close();
  const written = readFileSync(file(), 'utf8').length;
  expect(written).toBeGreaterThan(1_000_000);
  expect(written).toBeLessThan(1_200_000);
});
