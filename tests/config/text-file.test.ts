import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextFile } from '../../proxy/config/text-file.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { mustRun } from '../support/programs.ts';

const directory = scratchDirectory('text');
const file = join(directory, 'a.conf');

test('a file, by a link as well; none is null', async () => {
  writeFileSync(file, 'grüße');
  symlinkSync(file, join(directory, 'link'));
  expect(await readTextFile(file)).toBe('grüße');
  expect(await readTextFile(join(directory, 'link'))).toBe('grüße');
  expect(await readTextFile(join(directory, 'none'))).toBeNull();
});

test('no file, or a file without end, is refused', async () => {
  mkdirSync(join(directory, 'folder'));
  await expect(readTextFile(join(directory, 'folder'))).rejects.toThrow('expected a file, found something else');
  const large = join(directory, 'large');
  writeFileSync(large, '');
  truncateSync(large, 4 * 1024 * 1024);
  expect((await readTextFile(large))?.length).toBe(4 * 1024 * 1024);
  truncateSync(large, 4 * 1024 * 1024 + 1);
  await expect(readTextFile(large)).rejects.toThrow('expected at most 4194304 bytes, found more');
});

test('a pipe is refused at once: nobody writes to it', async () => {
  const pipe = join(directory, 'pipe');
  await mustRun('mkfifo', [pipe]);
  await expect(readTextFile(pipe)).rejects.toThrow('expected a file, found something else');
});
