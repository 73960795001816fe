import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeNewFile } from '../../../main/cli/new-file.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { needNamespaces } from '../../support/needs.ts';

test('what was there before is left alone', async () => {
  const file = join(scratchDirectory('new-file'), 'x.pem');
  await writeNewFile(file, 'first', 0o600);
  await expect(writeNewFile(file, 'second')).rejects.toThrow(`${file} already exists. Choose another name.`);
  expect(readFileSync(file, 'utf8')).toBe('first');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a folder that is not there is said to be none', async () => {
  const file = join(scratchDirectory('new-file'), 'none', 'x.pem');
  await expect(writeNewFile(file, 'x')).rejects.toThrow(`${file} could not be written: there is no such folder.`);
});

test('a full disk leaves no part of a file, and the next try is not in the way of one', async () => {
  needNamespaces();
  const disk = join(scratchDirectory('new-file'), 'small');
  mkdirSync(disk);
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status).toBe(0);
  atEnd(() => spawnSync('umount', ['--lazy', disk]));
  const file = join(disk, 'd.zip');
  for (let round = 0; round < 2; round += 1) {
    await expect(writeNewFile(file, Buffer.alloc(1024 * 1024))).rejects.toThrow(
      `${file} could not be written: the disk is full.`,
    );
    expect(readdirSync(disk)).toEqual([]);
  }
  await writeNewFile(file, 'small');
  expect(readFileSync(file, 'utf8')).toBe('small');
});
