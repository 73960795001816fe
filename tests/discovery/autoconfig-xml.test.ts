import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAutoconfig, UnusableAutoconfig } from '../../proxy/discovery/autoconfig-xml.ts';
import { settingsFile } from './support/internet.ts';

const who = { address: 'alice@a.test', local: 'alice', domain: 'a.test' };
const imap = { type: 'imap', hostname: 'imap.a.test', port: 993, socketType: 'SSL' };

test('servers, TLS modes, placeholders, ways to sign in', () => {
  const text = settingsFile('a.test', [
    imap,
    {
      ...imap,
      type: 'pop3',
      hostname: 'POP.%EMAILDOMAIN%.',
      port: 110,
      socketType: 'STARTTLS',
      username: '%EMAILLOCALPART%',
    },
    { ...imap, type: 'smtp', hostname: 'smtp.a.test', port: 465, authentication: ['OAuth2'] },
  ]);
  expect(parseAutoconfig(text, who)).toEqual({
    servers: [
      { protocol: 'imap', server: 'imap.a.test', port: 993, tls: 'implicit', user: 'alice@a.test', oauthOnly: false },
      { protocol: 'pop3', server: 'pop.a.test', port: 110, tls: 'starttls', user: 'alice', oauthOnly: false },
      { protocol: 'smtp', server: 'smtp.a.test', port: 465, tls: 'implicit', user: 'alice@a.test', oauthOnly: true },
    ],
    plaintext: [],
    forThisDomain: true,
  });
});

test('plaintext is named and not offered; whose file it is, is told', () => {
  const text = settingsFile('other.test', [
    { ...imap, socketType: 'plain' },
    { ...imap, socketType: 'quantum' },
  ]);
  expect(parseAutoconfig(text, who)).toEqual({ servers: [], plaintext: ['imap.a.test'], forThisDomain: false });
  expect(parseAutoconfig(settingsFile(null, [imap]), who).forThisDomain).toBe(true);
  expect(parseAutoconfig(settingsFile('%EMAILDOMAIN%', [imap]), who).forThisDomain).toBe(true);
});

test.each([
  ['an address for a name', { hostname: '10.0.0.1' }],
  ['a path', { hostname: 'imap.a.test/x' }],
  ['a name made of the local part that is none', { hostname: '%EMAILADDRESS%' }],
  ['no port', { port: 0 }],
  ['a port too far', { port: 65_536 }],
  ['a kind that is none', { type: 'constructor' }],
  ['an exchange server', { type: 'exchange' }],
])('left out: %s', (_, change) => {
  expect(parseAutoconfig(settingsFile(null, [{ ...imap, ...change }]), who).servers).toEqual([]);
});

test.each(['%REALNAME%', 'a\u202eb', 'x'.repeat(321), ''])('a user name that nobody could type: %j', (username) => {
  const [server] = parseAutoconfig(settingsFile(null, [{ ...imap, username }]), who).servers;
  expect(server?.user).toBeNull();
});

test('a byte order mark is no part of it', () => {
  expect(parseAutoconfig(`\ufeff${settingsFile(null, [imap])}`, who).servers).toHaveLength(1);
});

test('an outgoing server among the incoming ones is none', () => {
  const text = settingsFile(null, [imap]).replace('type="imap"', 'type="smtp"');
  expect(parseAutoconfig(text, who).servers).toEqual([]);
});

test('more servers than anyone has are not read', () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ ...imap, hostname: `h${at}.a.test` }));
  expect(parseAutoconfig(settingsFile(null, many), who).servers).toHaveLength(20);
});

describe('unusable', () => {
  const file = settingsFile(null, [imap]);
  test.each([
    ['empty', ''],
    ['junk', 'hello'],
    ['HTML', '<!doctype html><html><body>Welcome</body></html>'],
    ['cut off', file.slice(0, -20)],
    ['another document', '<other/>'],
    ['two roots', `${file}${file}`],
    ['an entity of its own', `<!DOCTYPE clientConfig [<!ENTITY x "y">]>${file.replace(/^<\?.*\n/, '')}`],
    [
      'an external entity',
      `<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>${file.replace(/^<\?.*\n/, '').replace('imap.a.test', '&x;')}`,
    ],
    [
      'an external document type',
      `<!DOCTYPE clientConfig SYSTEM "http://a.test/x.dtd">${file.replace(/^<\?.*\n/, '')}`,
    ],
    ['an undefined entity', file.replace('imap.a.test', '&imap;')],
    ["a property's name as an entity", file.replace('imap.a.test', '&constructor;')],
    ['nested too deep', '<a>'.repeat(100)],
  ])('%s', (_, text) => {
    expect(() => parseAutoconfig(text, who)).toThrow(UnusableAutoconfig);
  });

  test('the five entities of XML and character references are read', () => {
    const text = file.replace('imap.a.test', 'imap&#46;a.test').replace('%EMAILADDRESS%', 'a&amp;b');
    expect(parseAutoconfig(text, who).servers[0]).toMatchObject({ server: 'imap.a.test', user: 'a&b' });
  });
});

test('any text, and any piece of a file, is understood or said to be unusable', () => {
  const fine = settingsFile('a.test', [imap]);
  const read = (text: string) => {
    try {
      parseAutoconfig(text, who);
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableAutoconfig);
    }
  };
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), read));
  fc.assert(
    fc.property(fc.nat(fine.length), fc.nat(fine.length), fc.string({ maxLength: 8 }), (a, b, noise) => {
      read(fine.slice(0, Math.min(a, b)) + noise + fine.slice(Math.max(a, b)));
    }),
    { numRuns: 500 },
  );
});
