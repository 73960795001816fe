import { expect, test } from 'vitest';
import {
  isNntpCommand,
  mayBeNntpCommand,
  parseNntpCommand,
  parseNntpReply,
} from '../../proxy/protocols/nntp-syntax.ts';

test.each([
  ['DATE', 'DATE', ''],
  ['group misc.test', 'GROUP', 'misc.test'],
  ['authinfo pass two words ', 'AUTHINFO PASS', 'two words '],
  ['AUTHINFO  PASS  x', 'AUTHINFO PASS', ' x'],
  ['AUTHINFO\tUSER\tanna', 'AUTHINFO USER', 'anna'],
  ['AUTHINFO', 'AUTHINFO', ''],
  ['mode reader', 'MODE READER', ''],
  ['LIST', 'LIST', ''],
  ['list overview.fmt', 'LIST OVERVIEW.FMT', ''],
  ['', '', ''],
  [' DATE', '', 'DATE'],
])('the command %j', (line, keyword, argument) => {
  expect(parseNntpCommand(Buffer.from(line))).toEqual({ keyword, argument });
});

test.each([
  ['200 ready', 200, 'ready'],
  ['281', 281, ''],
  ['381 ', 381, ''],
  ['211 1 2 3 misc.test', 211, '1 2 3 misc.test'],
])('the reply %j', (line, code, text) => {
  expect(parseNntpReply(Buffer.from(line))).toEqual({ code, text });
});

test.each(['', '20', '2000', '2000 x', '200x', '200\tx', '600 x', '099 x', '+OK', '* OK', ' 200 x'])(
  '%j is no reply',
  (line) => {
    expect(parseNntpReply(Buffer.from(line))).toBeNull();
  },
);

test('what is a command, and what may be one of an extension', () => {
  for (const keyword of ['GROUP', 'AUTHINFO PASS', 'MODE READER', 'XOVER']) expect(isNntpCommand(keyword)).toBe(true);
  for (const keyword of ['', 'USER', 'EHLO', 'A LOGIN', 'CONSTRUCTOR']) expect(isNntpCommand(keyword)).toBe(false);
  for (const keyword of ['XINDEX', 'LIST ACTIVE', 'X-Y']) expect(mayBeNntpCommand(keyword.toUpperCase())).toBe(true);
  for (const keyword of ['', 'AB', '1XY', 'GROUP\0']) expect(mayBeNntpCommand(keyword)).toBe(false);
});
