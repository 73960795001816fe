import { expect, test } from 'vitest';
import { whyNoUpdates } from '../../../main/desktop/updates.ts';

const feed = (more = '', url = 'https://downloads.example.org/postern') => `provider: generic\nurl: ${url}\n${more}`;
const publisher = 'publisherName:\n  - Postern Ltd\nupdaterCacheDirName: postern-updater\n';

test.each<[string, NodeJS.Platform, string | null, boolean, ReturnType<typeof whyNoUpdates>]>([
  ['no feed', 'win32', null, true, 'no-feed'],
  ['signed, with its publisher', 'win32', feed(publisher), true, null],
  ['the publisher in one line', 'win32', feed('publisherName: Postern Ltd\n'), true, null],
  ['no publisher to look for', 'win32', feed(), true, 'unsigned'],
  ['an empty publisher', 'win32', feed('publisherName:\nupdaterCacheDirName: x\n'), true, 'unsigned'],
  ['not signed', 'win32', feed(publisher), false, 'unsigned'],
  ['signed', 'darwin', feed(), true, null],
  ['signed by nobody', 'darwin', feed(), false, 'unsigned'],
  ['no HTTPS', 'darwin', feed('', 'http://downloads.example.org/'), true, 'insecure-feed'],
  ['HTTPS in quotes', 'darwin', feed('', "'https://downloads.example.org/'"), true, null],
  ['another scheme in quotes', 'darwin', feed('', "'ftp://downloads.example.org/'"), true, 'insecure-feed'],
  ['no address', 'darwin', 'provider: github\nowner: somebody\n', true, 'insecure-feed'],
  ['nothing would check it', 'linux', feed(publisher), true, 'system'],
])('%s (%s)', (_, system, text, signed, why) => {
  expect(whyNoUpdates({ system, feed: text, signed, portable: false })).toBe(why);
});

test('the portable program has the feed of the installed one in it, and leaves it alone', () => {
  const installed = { system: 'win32', feed: feed(publisher), signed: true } as const;
  expect(whyNoUpdates({ ...installed, portable: true })).toBe('portable');
});
