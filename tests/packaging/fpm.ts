// Replaces fpm, which would be downloaded: makes a deb as electron-builder asks for it, with Debian's own dpkg-deb. It
// does what fpm 1.17 does with these arguments, and refuses all others.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const single = ['-s', '-t', '--architecture', '--after-install', '--after-remove', '--before-remove', '--description'];
single.push('--version', '--package', '--name', '--maintainer', '--vendor', '--url', '--category', '--license');
single.push('--deb-priority', '--deb-compression');
const lists = ['-d', '--deb-recommends', '--deb-suggests'];

const given = new Map<string, string[]>();
const files: string[] = [];
const words = process.argv.slice(2);
for (let word = words.shift(); word !== undefined; word = words.shift()) {
  if (word === '--force') continue;
  if (single.includes(word) || lists.includes(word)) given.set(word, [...(given.get(word) ?? []), words.shift() ?? '']);
  else if (word.startsWith('-')) throw new Error(`not known: ${word}`);
  else files.push(word);
}
const one = (name: string) => given.get(name)?.[0] ?? '';
const all = (name: string) => (given.get(name) ?? []).join(', ');

const place = mkdtempSync(join(tmpdir(), 'deb-'));
for (const word of files) {
  const [source = '', target = ''] = word.split('=');
  if (!existsSync(source) || !target.startsWith('/')) throw new Error(`nothing to put anywhere: ${word}`);
  const to = join(place, target);
  mkdirSync(dirname(to), { recursive: true });
  // As fpm does: a folder goes into its target under its own name; with a trailing slash, only its contents do.
  if (!statSync(source).isDirectory()) cpSync(source, to);
  else cpSync(source, source.endsWith('/') ? to : join(to, source.split('/').at(-1) ?? ''), { recursive: true });
}
const control = join(place, 'DEBIAN');
mkdirSync(control);
const [short, ...long] = one('--description').split('\n');
writeFileSync(
  join(control, 'control'),
  [
    ...[`Package: ${one('--name')}`, `Version: ${one('--version')}`, `License: ${one('--license')}`],
    ...[`Vendor: ${one('--vendor')}`, `Architecture: ${one('--architecture')}`, `Maintainer: ${one('--maintainer')}`],
    ...[`Depends: ${all('-d')}`, `Recommends: ${all('--deb-recommends')}`, `Suggests: ${all('--deb-suggests')}`],
    ...[`Section: ${one('--category')}`, `Priority: ${one('--deb-priority')}`, `Homepage: ${one('--url')}`],
    `Description: ${short}`,
    ...long.map((line) => ` ${line}`),
    '',
  ].join('\n'),
);
for (const [option, name] of [
  ['--after-install', 'postinst'],
  ['--after-remove', 'postrm'],
  ['--before-remove', 'prerm'],
] as const) {
  cpSync(one(option), join(control, name));
  chmodSync(join(control, name), 0o755);
}
for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || statSync(path).mode & 0o100 ? 0o755 : 0o644);
}
chmodSync(place, 0o755);
const built = ['--build', '--root-owner-group', place, one('--package')];
process.exitCode = spawnSync('dpkg-deb', built, { stdio: 'inherit' }).status ?? 1;
