import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../proxy/config/make-directory.ts';
import { scratchDirectory } from '../support/clean-up.ts';

test('a folder is made with those above it; one that is there is left as it is', async () => {
  const directory = scratchDirectory('folders');
  const path = join(directory, 'a', 'b', 'c');
  await makeDirectory(path, 0o700);
  await makeDirectory(path, 0o755);
  if (process.platform !== 'win32') {
    for (const each of [path, join(path, '..'), join(path, '..', '..')]) {
      expect(statSync(each).mode & 0o777).toBe(0o700);
    }
  }
  await makeDirectory(parse(directory).root);
});

test('two that make it at once both succeed', async () => {
  const path = join(scratchDirectory('folders'), 'a', 'b');
  await Promise.all(Array.from({ length: 20 }, () => makeDirectory(path)));
  expect(existsSync(path)).toBe(true);
});

test('a link to a folder will do; a file, a link to nothing and what is below a file are errors', async () => {
  const directory = scratchDirectory('folders');
  mkdirSync(join(directory, 'folder'));
  symlinkSync(join(directory, 'folder'), join(directory, 'link'), 'junction');
  await makeDirectory(join(directory, 'link', 'below'));
  expect(existsSync(join(directory, 'folder', 'below'))).toBe(true);
  writeFileSync(join(directory, 'file'), '');
  symlinkSync(join(directory, 'nothing'), join(directory, 'dangling'), 'junction');
  for (const name of ['file', 'dangling']) {
    await expect(makeDirectory(join(directory, name))).rejects.toMatchObject({ code: 'EEXIST' });
  }
  await expect(makeDirectory(join(directory, 'file', 'below'))).rejects.toThrow();
});

test.runIf(process.platform === 'linux')('where the system lets nobody make one, that is an error', async () => {
  for (const path of ['/proc/postern', '/proc/postern/below', '/proc/self/postern']) {
    await expect(makeDirectory(path)).rejects.toMatchObject({ syscall: 'mkdir' });
  }
});
