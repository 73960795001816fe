import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { licencesText, packageFolders } from '../../scripts/licences.ts';
import { scratchDirectory } from '../support/clean-up.ts';

const root = scratchDirectory('licences');

function put(name: string, manifest: object, files: Record<string, string>): string {
  const folder = join(root, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

const mit = put('mit-one', { license: 'MIT' }, { LICENSE: 'The text of MIT\n' });
const same = put('mit-two', { license: 'MIT' }, { 'LICENSE.md': 'The text of MIT' });
const scoped = put('@scope/apache', {}, { LICENCE: 'The text of Apache', 'NOTICE.txt': 'Notice this' });
const bare = put('bare', { license: 'ISC' }, { 'README.md': 'x' });
const nested = put('bare/node_modules/inner', { name: 'inner', license: 'MIT' }, { COPYING: 'The inner text' });

test('files lead to their packages, each once, nested and scoped ones too; our own to none', () => {
  const files = [
    ...[`${mit}/a.js`, `${mit}/lib/b.js`, `${scoped}/dist/c.js`, `${nested}/d.js`, `${bare}/e.js`],
    ...[join(root, 'main/electron.ts'), join(root, 'node_modules/gone/x.js')],
  ];
  expect(packageFolders(files).sort()).toEqual([bare, mit, nested, scoped].sort());
});

test('each text stands there once, with the names of all that it is for', () => {
  const text = licencesText('Our own\n', [same, mit, scoped, bare, nested]);
  expect(text.startsWith('Postern\n\nOur own\n')).toBe(true);
  expect(text.split('The text of MIT')).toHaveLength(2);
  expect(text).toContain('mit-one 1.0.0\nmit-two 1.0.0\n\nThe text of MIT');
  expect(text).toContain('@scope/apache 1.0.0\n\nThe text of Apache\n\nNotice this');
  expect(text).toContain('bare 1.0.0\n\nLicence: ISC');
  expect(text).toContain('inner 1.0.0\n\nThe inner text');
});

test('a package that says nothing about its licence stops the build', () => {
  expect(() => licencesText('x', [put('silent', {}, {})])).toThrow('silent says nothing about its licence');
});
