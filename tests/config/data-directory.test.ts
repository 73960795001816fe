import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  dataDirectoryPath,
  isThere,
  prepareDataDirectory,
  refuseSharedFolder,
  UnusableDirectory,
} from '../../proxy/config/data-directory.ts';

const privateMode = process.platform === 'win32' ? 0o666 : 0o700;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-data-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('the chosen directory is made absolute, and not made', async () => {
  expect(await dataDirectoryPath(join(directory, 'a', '..', 'b'))).toBe(join(directory, 'b'));
  expect(existsSync(join(directory, 'b'))).toBe(false);
});

test('without a choice it is the place of the platform', async () => {
  const path = await dataDirectoryPath();
  expect(isAbsolute(path)).toBe(true);
  expect(path).toMatch(/postern/i);
});

test('a new directory is private, its parents made on the way', async () => {
  const path = join(directory, 'a', 'b');
  await prepareDataDirectory(path);
  expect(statSync(path).mode & 0o777).toBe(privateMode);
});

test('one that is open to others is closed to them', async () => {
  chmodSync(directory, 0o755);
  await prepareDataDirectory(directory);
  expect(statSync(directory).mode & 0o777).toBe(privateMode);
});

test('a link of our own to a folder will do', async () => {
  const link = join(directory, 'link');
  const target = mkdtempSync(join(directory, 'target-'));
  symlinkSync(target, link);
  await prepareDataDirectory(link);
  expect(statSync(target).mode & 0o777).toBe(privateMode);
});

test('a file in its place is said to be one', async () => {
  const path = join(directory, 'file');
  writeFileSync(path, '');
  await expect(prepareDataDirectory(path)).rejects.toThrow(UnusableDirectory);
  await expect(prepareDataDirectory(path)).rejects.toThrow(
    `${path} is not a folder; choose another one with --data-dir`,
  );
  await expect(prepareDataDirectory(join(path, 'below'))).rejects.toThrow('is not a folder');
});

test('a folder is there or not; a file in its place is something', async () => {
  expect(await isThere(directory)).toBe(true);
  expect(await isThere(join(directory, 'no', 'such'))).toBe(false);
  writeFileSync(join(directory, 'file'), '');
  expect(await isThere(join(directory, 'file'))).toBe(true);
  expect(await isThere(join(directory, 'file', 'below'))).toBe(false);
});

test('a folder with other things that others use is not closed to them', async () => {
  // There the profile's own protection applies.
  if (process.platform === 'win32') return;
  const open = (name: string, ...inside: string[]) => {
    const path = join(directory, name);
    mkdirSync(path);
    chmodSync(path, 0o755);
    for (const file of inside) writeFileSync(join(path, file), '');
    return path;
  };
  const shared = open('shared', 'b.txt', 'a\u001b.txt');
  await expect(refuseSharedFolder(shared)).rejects.toThrow(UnusableDirectory);
  await expect(refuseSharedFolder(shared)).rejects.toThrow(/has other things in it \(a\\u001b\.txt, b\.txt\)/);
  expect(statSync(shared).mode & 0o777).toBe(0o755);
  // Nothing is taken from anybody in these.
  await refuseSharedFolder(open('empty'));
  await refuseSharedFolder(open('mount', 'lost+found', '.keep'));
  await refuseSharedFolder(open('ours', 'config.json', 'other.txt'));
  await refuseSharedFolder(shared, join(shared, 'postern.json'));
  await refuseSharedFolder(join(directory, 'new'));
  chmodSync(shared, 0o700);
  await refuseSharedFolder(shared);
});
