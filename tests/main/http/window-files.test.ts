import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listWindowFiles } from '../../../main/http/window-files.ts';
import { scratchDirectory } from '../../support/clean-up.ts';

test('what stands in the folder can be read, by its own name alone', async () => {
  const directory = scratchDirectory('files');
  mkdirSync(join(directory, 'a'));
  writeFileSync(join(directory, 'index.html'), 'page');
  writeFileSync(join(directory, 'a', 'b.css'), 'style');
  writeFileSync(join(directory, 'a', 'b.sh'), 'script');
  writeFileSync(join(directory, '..', 'secret.txt'), 'secret');
  symlinkSync('/etc/passwd', join(directory, 'link.txt'));
  const files = await listWindowFiles(directory);
  expect((await files.read('/'))?.content.toString()).toBe('page');
  expect(await files.read('/a/b.css')).toEqual({ type: 'text/css; charset=utf-8', content: Buffer.from('style') });
  for (const path of [
    '',
    'index.html',
    '/a',
    '/a/',
    '/a/b.sh',
    '/link.txt',
    '/../secret.txt',
    '/a/../index.html',
    '/A/B.CSS',
  ]) {
    expect(await files.read(path), path).toBeNull();
  }
});

test('a folder that was not built has no files', async () => {
  expect(await (await listWindowFiles('/nowhere/at/all')).read('/')).toBeNull();
});
