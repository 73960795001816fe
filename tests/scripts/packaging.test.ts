import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nativePackages, packagingArguments } from '../../scripts/packaging.ts';

const maker = { POSTERN_HOMEPAGE: 'https://postern.test/', POSTERN_MAINTAINER: 'Ada Lovelace <ada@postern.test>' };
const of = (system: NodeJS.Platform, environment: NodeJS.ProcessEnv = {}, ...words: string[]) =>
  packagingArguments({ system, environment, words });
const problems = (...given: Parameters<typeof of>) => {
  const packaging = of(...given);
  return 'problems' in packaging ? packaging.problems.join('\n') : '';
};
const args = (...given: Parameters<typeof of>) => {
  const packaging = of(...given);
  return 'args' in packaging ? packaging.args : null;
};

test('deb and rpm name who made them; nothing is made up', () => {
  expect(problems('linux')).toMatch(/POSTERN_HOMEPAGE[\s\S]*POSTERN_MAINTAINER/);
  expect(problems('linux', {}, '--linux', 'deb')).toMatch(/POSTERN_MAINTAINER/);
  expect(problems('linux', { ...maker, POSTERN_HOMEPAGE: 'http://postern.test' })).toMatch(/HOMEPAGE/);
  expect(problems('linux', { ...maker, POSTERN_MAINTAINER: 'ada@postern.test' })).toMatch(/MAINTAINER/);
  expect(args('linux', maker)).toEqual([
    ...['--publish', 'never'],
    '-c.extraMetadata.homepage=https://postern.test/',
    '-c.linux.maintainer=Ada Lovelace <ada@postern.test>',
  ]);
  expect(args('linux', {}, '--linux', 'AppImage')).toEqual(['--publish', 'never', '--linux', 'AppImage']);
  expect(args('linux', {}, '--dir')).not.toBeNull();
  expect(args('win32')).toEqual(['--publish', 'never']);
  expect(args('darwin')).toEqual(['--publish', 'never']);
});

test('macOS: signed by nobody until there is a certificate, and then by its name', () => {
  expect(args('darwin', { CSC_LINK: 'a.p12', CSC_NAME: 'Postern Ltd (AB12)' })).toEqual([
    ...['--publish', 'never', '-c.extraMetadata.signed=true'],
    ...['-c.mac.identity=Postern Ltd (AB12)', '-c.mac.hardenedRuntime=true'],
  ]);
  expect(problems('darwin', { CSC_LINK: 'a.p12' })).toContain('CSC_NAME');
});

test('macOS: the keychain’s code for both kinds of processor, in either half of the universal app', () => {
  const packages = nativePackages('darwin', '1.2.3');
  expect(packages).toEqual(['@napi-rs/keyring-darwin-arm64@1.2.3', '@napi-rs/keyring-darwin-x64@1.2.3']);
  expect(nativePackages('linux', '1.2.3')).toEqual([]);
  const text = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const locked = JSON.parse(text('package-lock.json')).packages;
  for (const each of packages) expect(locked).toHaveProperty([`node_modules/${each.slice(0, each.lastIndexOf('@'))}`]);
  // Otherwise electron-builder refuses files that are the same in both halves.
  expect(text('electron-builder.yml')).toMatch(/^ {2}x64ArchFiles: keyring\.darwin-\*\.node$/m);
});

test('a feed is HTTPS, and of signed builds alone', () => {
  const POSTERN_UPDATE_FEED = 'https://downloads.postern.test/';
  const feed = ['-c.publish.provider=generic', `-c.publish.url=${POSTERN_UPDATE_FEED}`];
  expect(args('win32', { POSTERN_UPDATE_FEED, WIN_CSC_LINK: 'a.pfx' })).toEqual(expect.arrayContaining(feed));
  expect(args('darwin', { POSTERN_UPDATE_FEED, CSC_NAME: 'x' })).toEqual(expect.arrayContaining(feed));
  expect(problems('win32', { POSTERN_UPDATE_FEED })).toContain('signed');
  expect(problems('darwin', { POSTERN_UPDATE_FEED })).toContain('signed');
  expect(problems('linux', { ...maker, POSTERN_UPDATE_FEED })).toContain('Windows and macOS');
  const insecure = { POSTERN_UPDATE_FEED: 'http://downloads.postern.test/', WIN_CSC_LINK: 'a.pfx' };
  expect(problems('win32', insecure)).toContain('https://');
});
