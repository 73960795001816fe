import { describe, expect, test } from 'vitest';
import { announcedSize, readSmtpPath, withoutAuthor } from '../../proxy/protocols/smtp-path.ts';

test.each([
  ['FROM:<scanner@example.org>', 'scanner@example.org', ''],
  ['FROM:<>', '', ''],
  ['from: <scanner@example.org> SIZE=10  BODY=8BITMIME', 'scanner@example.org', 'SIZE=10 BODY=8BITMIME'],
  [' FROM : < scanner@example.org > ', 'scanner@example.org', ''],
  ['FROM:scanner@example.org', 'scanner@example.org', ''],
  ['FROM: scanner@example.org SIZE=1', 'scanner@example.org', 'SIZE=1'],
  ['FROM:<scanner@example.org>SIZE=1', 'scanner@example.org', 'SIZE=1'],
  ['FROM:<scanner@example.org> AUTH=<>', 'scanner@example.org', 'AUTH=<>'],
  ['FROM:<scanner>', 'scanner', ''],
  ["FROM:<o'neil+tag/x=y..z.@b_c.example.>", "o'neil+tag/x=y..z.@b_c.example.", ''],
  ['FROM:<a@[192.0.2.1]>', 'a@[192.0.2.1]', ''],
  ['FROM:<a@[IPv6:2001:db8::1]>', 'a@[IPv6:2001:db8::1]', ''],
  ['FROM:<j\xc3\xb6rg@ex\xc3\xa4mple.org> SMTPUTF8', 'j\xc3\xb6rg@ex\xc3\xa4mple.org', 'SMTPUTF8'],
])('honest: 110: %j', (argument, address, parameters) => {
  expect(readSmtpPath(argument, 'FROM')).toEqual({ kind: 'path', address, parameters });
});

describe('109: a recipient that others would have to forward to', () => {
  test.each([
    ['TO:<@relay.example:a@example.net>', 'source-route'],
    ['TO:<@a.example,@b.example:a@example.net>', 'source-route'],
    ['TO:<@[192.0.2.1]:a@example.net>', 'source-route'],
    ['TO:<a%example.net@relay.example>', 'percent'],
    ['TO:<a%example.net>', 'percent'],
    ['TO:<a%example.net@[192.0.2.1]>', 'percent'],
    ['TO:<example.net!a>', 'bang'],
    ['TO:<example.net!a@relay.example>', 'bang'],
    ['TO:<a@relay.example!b>', 'bang'],
    ['TO:<"a@example.net"@relay.example>', 'quoted'],
    ['TO:<"a%example.net">', 'quoted'],
    ['TO:<a\\@example.net@relay.example>', 'quoted'],
    ['TO:<a@example.net@relay.example>', 'two-domains'],
    ['TO:<a@example.net@[192.0.2.1]>', 'two-domains'],
  ])('%s', (argument, by) => {
    expect(readSmtpPath(argument, 'TO')).toEqual({ kind: 'rerouted', by });
  });
});

test.each([
  ['', 'FROM'],
  ['FROM', 'FROM'],
  ['TO:<a@b>', 'FROM'],
  ['TO:<>', 'TO'],
  ['TO:<a@b>,<c@d>', 'TO'],
  ['TO:<a@b', 'TO'],
  ['TO:a@b>', 'TO'],
  ['TO:<a b@c>', 'TO'],
  ['TO:<a@b> x\0y', 'TO'],
  ['TO:<a@b\0>', 'TO'],
  ['TO:<a@>', 'TO'],
  ['TO:<a@-b>', 'TO'],
  ['TO:<a(x)@b>', 'TO'],
  ['TO:<a;b@c>', 'TO'],
] as const)('malformed: %j', (argument, word) => {
  expect(readSmtpPath(argument, word)).toEqual({ kind: 'malformed' });
});

test.each([
  ['SIZE=10', 10],
  ['BODY=8BITMIME size=99999999999999', 99_999_999_999_999],
  ['SIZE=', null],
  ['XSIZE=1', null],
  ['', null],
])('%j announces %j bytes', (parameters, size) => {
  expect(announcedSize(parameters)).toBe(size);
});

test.each([
  ['AUTH=<>', ''],
  ['SIZE=1 AUTH=eve+40example.org BODY=8BITMIME', 'SIZE=1 BODY=8BITMIME'],
  ['auth=x SIZE=1 AUTH', 'SIZE=1'],
  ['XAUTH=1 AUTHOR=x', 'XAUTH=1 AUTHOR=x'],
  ['', ''],
])('109: on whose behalf a device says that it sends is its word alone: %j', (parameters, kept) => {
  expect(withoutAuthor(parameters)).toBe(kept);
});
