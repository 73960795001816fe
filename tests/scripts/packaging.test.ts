import { expect, test } from 'vitest';
import { packagingArguments } from '../../scripts/packaging.ts';

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
