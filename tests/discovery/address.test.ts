import { describe, expect, test } from 'vitest';
import { isHostName, isInside, parseAddress } from '../../proxy/discovery/address.ts';

describe('addresses', () => {
  test.each([
    ['alice@example.org', 'alice', 'example.org'],
    ['  Alice.B+tag@Example.ORG. ', 'Alice.B+tag', 'example.org'],
    ['jürgen@bücher.example', 'jürgen', 'xn--bcher-kva.example'],
    [`${'a'.repeat(64)}@example.org`, 'a'.repeat(64), 'example.org'],
    ["o'hara/x=1@a-b.example", "o'hara/x=1", 'a-b.example'],
  ])('%s', (typed, local, domain) => {
    expect(parseAddress(typed)).toEqual({ address: `${local}@${domain}`, local, domain });
  });

  test.each([
    '',
    '@',
    'alice',
    '@example.org',
    'alice@',
    'alice@localhost',
    'alice@example..org',
    'alice@-a.example',
    'alice@exa_mple.org',
    'alice@192.0.2.1',
    'alice@0x7f.1',
    'alice@[192.0.2.1]',
    '"alice b"@example.org',
    'alice b@example.org',
    'a\r\nb@example.org',
    'a\u202eb@example.org',
    'alice@example.org/../x',
    'alice@example.org:25',
    'alice@exam\tple.org',
    'alice@example.org?x',
    'alice@exa%6dple.org%2f',
    `${'a'.repeat(65)}@example.org`,
    `alice@${'a.'.repeat(130)}example`,
  ])('none: %j', (typed) => {
    expect(parseAddress(typed)).toBeNull();
  });
});

test('host names, and no address in any spelling', () => {
  expect(['imap.example.org', 'a', 'x1.example', '1a.2b'].filter((name) => !isHostName(name))).toEqual([]);
  const none = ['', '.', 'a.', '.a', 'a b', '_imaps._tcp.a', '127.0.0.1', '::1', '1.2', 'a.0x10', 'a/b', 'a:25', 'é.a'];
  expect(none.filter(isHostName)).toEqual([]);
});

test('inside a domain: the domain and what is below it, not what ends alike', () => {
  expect(isInside('example.org', 'example.org')).toBe(true);
  expect(isInside('imap.example.org', 'example.org')).toBe(true);
  expect(isInside('badexample.org', 'example.org')).toBe(false);
  expect(isInside('org', 'example.org')).toBe(false);
});
