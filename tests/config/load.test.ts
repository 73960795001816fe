import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError, issueText } from '../../proxy/config/configuration-error.ts';
import {
  checkConfiguration,
  configurationFile,
  loadConfiguration,
  parseConfiguration,
  readConfiguration,
} from '../../proxy/config/load.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-load-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const relay = {
  name: 'work-imap',
  protocol: 'imap',
  listen: '127.0.0.1:1143',
  server: 'imap.example.org',
  port: 993,
  tls: 'implicit',
};
const sound = { version: 1, accounts: [{ name: 'Work', relays: [relay] }] };

/** A valid configuration with one relay changed. A key that is set to undefined is left out. */
const withRelay = (changes: Record<string, unknown>) =>
  JSON.stringify({ version: 1, accounts: [{ name: 'Work', relays: [{ ...relay, ...changes }] }] });
const withSettings = (settings: unknown) => JSON.stringify({ ...sound, settings });
const twoRelays = (one: Record<string, unknown>, two: Record<string, unknown>) =>
  JSON.stringify({
    version: 1,
    accounts: [
      {
        name: 'Work',
        relays: [
          { ...relay, ...one },
          { ...relay, name: 'b', ...two },
        ],
      },
    ],
  });

const oauth = { kind: 'oauth', user: 'alice', provider: 'example' };
const withSignIn = (signIn: unknown, changes: Record<string, unknown> = {}) =>
  JSON.stringify({ version: 1, accounts: [{ name: 'Work', signIn, relays: [{ ...relay, ...changes }] }] });

const at = 'accounts[0].relays[0]';
const loopback =
  '; other computers are served with "lan" alone, at one private address of this computer (a link-local one with its zone: "[fe80::1%eth0]:587"), never at a public one, and at all of them only behind a balancer ("proxyProtocol")';
const listenExpected = 'expected a loopback address and port such as "127.0.0.1:1143" or "[::1]:1143", or a bare port';
const privateNow = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses
    .filter(({ address }) =>
      /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab])/.test(
        address,
      ),
    )
    .map(({ address }) => (address.startsWith('fe') ? `${address}%${name}` : address)),
);
const choice =
  privateNow.length === 0
    ? '. This computer has no private address now'
    : `. This computer has ${privateNow.join(', ')} now`;
const hostAlone = "expected the server's host name or IP address alone";
const noUrl = '; no scheme, port, path or user name';
const portExpected = "expected the server's port: a whole number from 1 to 65535";

/** What is wrong, the text of the file, and every message in order. */
const broken: [string, string, string[]][] = [
  // Not JSON.
  ['an empty file', '', ['line 1, column 1: expected JSON, found an empty file']],
  ['white space alone', ' \n\n', ['line 1, column 1: expected JSON, found an empty file']],
  ['YAML', 'version: 1\naccounts: []\n', ['line 1, column 1: expected JSON that begins with {, found "v"']],
  [
    'a comma after the last entry',
    '{\n  "version": 1,\n  "accounts": [],\n}',
    ['line 4, column 1: expected another entry, found }; remove the comma before it'],
  ],
  [
    'a comma after the last item',
    '{ "version": 1,\n  "accounts": [1,] }',
    ['line 2, column 18: expected another entry, found ]; remove the comma before it'],
  ],
  [
    'a missing comma',
    '{\n  "version": 1\n  "accounts": []\n}',
    ['line 3, column 3: expected a comma between the entries, found the next one'],
  ],
  [
    'a double comma',
    '{ "version": 1,, "accounts": [] }',
    ['line 1, column 16: expected an entry, found a second comma; remove one'],
  ],
  [
    'a comment',
    '{\n  // my servers\n  "version": 1 }',
    ['line 2, column 3: expected JSON, found a comment; remove it'],
  ],
  ['single quotes', "{ 'version': 1 }", ['line 1, column 3: expected a plain double quote ("), found \'']],
  ['typographic quotes', '{ “version”: 1 }', ['line 1, column 3: expected a plain double quote ("), found “']],
  [
    'a key without quotes',
    '{ version: 1 }',
    ['line 1, column 3: expected a key in double quotes, found "version" without'],
  ],
  [
    'a value without quotes',
    '{ "version": one }',
    ['line 1, column 14: expected a text in double quotes, a number, true, false or null, found "one"'],
  ],
  [
    'a brace that is not closed',
    '{ "version": 1, "accounts": []\n',
    ['line 2, column 1: expected more, found the end of the file; a quote, bracket or brace is not closed'],
  ],
  [
    'a quote that is not closed',
    '{ "version": 1,\n  "accounts: []\n}',
    ['line 2, column 16: expected a closing double quote, found the end of the line'],
  ],
  [
    'a single backslash',
    '{ "certificateAuthorities": ["C:\\certs\\a.pem"] }',
    ['line 1, column 34: expected a double backslash (\\\\): a single one has a meaning of its own'],
  ],
  [
    'a brace too many',
    '{ "version": 1 }}',
    ['line 1, column 17: expected valid JSON, found "}"; look for a missing quote, comma or brace just before it'],
  ],
  [
    'the same key twice',
    '{ "version": 1,\n  "accounts": [],\n  "accounts": [] }',
    ['accounts: line 3, column 3: expected each key once, found "accounts" again; it stands in line 2 already'],
  ],
  [
    'the same key twice in a relay',
    withRelay({}).replace('"tls":', '"tls":"starttls","tls":'),
    [`${at}.tls: line 1, column 171: expected each key once, found "tls" again; it stands in line 1 already`],
  ],
  // The shape.
  ['a list', '[]', ['expected an object with version and accounts, found a list']],
  ['null', 'null', ['expected an object with version and accounts, found null']],
  ['no version', '{ "accounts": [] }', ['version: expected 1, the version of this format, found nothing']],
  [
    'a version to come',
    '{ "version": 2, "accounts": [] }',
    ['version: expected 1, the version of this format, found 2'],
  ],
  [
    'a version as text',
    '{ "version": "1", "accounts": [] }',
    ['version: expected 1, the version of this format, found "1"'],
  ],
  ['no accounts', '{ "version": 1 }', ['accounts: expected a list of accounts, found nothing']],
  [
    'accounts as an object',
    '{ "version": 1, "accounts": {} }',
    ['accounts: expected a list of accounts, found an object'],
  ],
  [
    'an account that is a text',
    '{ "version": 1, "accounts": ["Work"] }',
    ['accounts[0]: expected an account: an object with name and relays, found "Work"'],
  ],
  [
    'an account without a name',
    '{ "version": 1, "accounts": [{ "name": "", "relays": [] }] }',
    ["accounts[0].name: expected the account's name, found an empty text"],
  ],
  [
    'a name with a line end',
    '{ "version": 1, "accounts": [{ "name": "a\\nb", "relays": [] }] }',
    [`accounts[0].name: expected the account's name without control characters, found "a\\nb"`],
  ],
  [
    'an unknown key',
    '{ "version": 1, "accounts": [], "colour": "red" }',
    ['colour: unknown key; expected only $schema, version, accounts, certificateAuthorities, notify, settings'],
  ],
  [
    'a typing error in a key',
    withRelay({ sever: 'a.example.org' }),
    [`${at}.sever: unknown key; did you mean "server"?`],
  ],
  [
    'a password',
    withRelay({ password: 'hunter2' }),
    [
      `${at}.password: unknown key; no secret stands in this file. The mail program sends its own, or Postern keeps one in its vault ("signIn")`,
    ],
  ],
  // A relay.
  [
    'tls none',
    withRelay({ tls: 'none' }),
    [`${at}.tls: expected "implicit" or "starttls", found "none"; Postern has no way to send mail without TLS`],
  ],
  [
    'tls false',
    withRelay({ tls: false }),
    [`${at}.tls: expected "implicit" or "starttls", found false; Postern has no way to send mail without TLS`],
  ],
  [
    'no tls',
    withRelay({ tls: undefined }),
    [`${at}.tls: expected "implicit" or "starttls", found nothing; Postern has no way to send mail without TLS`],
  ],
  [
    'tls in capitals',
    withRelay({ tls: 'STARTTLS' }),
    [`${at}.tls: expected "implicit" or "starttls", found "STARTTLS"; Postern has no way to send mail without TLS`],
  ],
  [
    'another protocol',
    withRelay({ protocol: 'ftp' }),
    [`${at}.protocol: expected "smtp", "imap", "pop3", "nntp" or "ldap", found "ftp"`],
  ],
  [
    'every address',
    withRelay({ listen: '0.0.0.0:1143' }),
    [`${at}.listen: ${listenExpected}, found "0.0.0.0:1143"${loopback}`],
  ],
  [
    'every IPv6 address',
    withRelay({ listen: '[::]:1143' }),
    [`${at}.listen: ${listenExpected}, found "[::]:1143"${loopback}`],
  ],
  [
    'an address of the network',
    withRelay({ listen: '192.168.1.5:1143' }),
    [`${at}.listen: ${listenExpected}, found "192.168.1.5:1143"${loopback}`],
  ],
  [
    'a name that may mean anything',
    withRelay({ listen: 'localhost:1143' }),
    [`${at}.listen: ${listenExpected}, found "localhost:1143"${loopback}`],
  ],
  [
    'a loopback address that is none',
    withRelay({ listen: '127.0.0.256:1143' }),
    [`${at}.listen: ${listenExpected}, found "127.0.0.256:1143"${loopback}`],
  ],
  [
    '108: a private address without devices',
    withRelay({ lan: undefined, listen: '[fe80::1%eth0]:1143' }),
    [`${at}.listen: ${listenExpected}, found "[fe80::1%eth0]:1143"${loopback}`],
  ],
  [
    '108: devices at a loopback address',
    withRelay({ lan: { allow: ['192.168.7.20'], reading: true } }),
    [
      `${at}.listen: expected a private address of this computer beside "lan", found "127.0.0.1:1143"; at a loopback address no other computer arrives${choice}`,
    ],
  ],
  ...['0.0.0.0:1143', '[::]:1143', '203.0.113.5:1143', '[2001:db8::5]:1143', '[fe80::1]:1143'].map(
    (listen): [string, string, string[]] => [
      `108: devices at ${listen}`,
      withRelay({ listen, lan: { allow: ['192.168.7.20'], reading: true } }),
      [`${at}.listen: ${listenExpected}, found "${listen}"${loopback}${choice}`],
    ],
  ),
  ...(
    [
      [{}, 'passwords and mail cross the local network in plaintext unless the device asks for TLS'],
      [{ localTls: 'off' }, 'passwords and mail cross the local network in plaintext'],
      [{ localTls: 'require' }, 'whoever gets hold of a listed device and its password reads mail with it'],
    ] as const
  ).map(([lan, what]): [string, string, string[]] => [
    `108: devices that read, without a word that they may, ${JSON.stringify(lan)}`,
    withRelay({ listen: '192.168.7.1:1143', lan: { allow: ['192.168.7.20'], ...lan } }),
    [`${at}.lan.reading: expected true where devices read mail (IMAP, POP3, NNTP, LDAP), found nothing; ${what}`],
  ]),
  [
    'TLS for programs of this computer',
    withRelay({ listen: 'tls://127.0.0.1:1143' }),
    [
      `${at}.listen: expected no "tls://" here, found "tls://127.0.0.1:1143"; what stays on this computer needs no TLS. It is for the devices of a relay with "lan"`,
    ],
  ],
  [
    'TLS from the first byte that is only offered',
    withRelay({
      protocol: 'smtp',
      listen: 'tls://192.168.7.1:465',
      lan: { allow: ['192.168.7.20'], localTls: 'offer' },
    }),
    [
      `${at}.lan.localTls: expected "require", or no "localTls", found "offer"; with "tls://" in front of "listen" there is nothing but TLS`,
    ],
  ],
  [
    '111: old TLS where there is none',
    withRelay({
      protocol: 'smtp',
      listen: '192.168.7.1:587',
      lan: { allow: ['192.168.7.20'], localTls: 'off', oldTls: true },
    }),
    [`${at}.lan.oldTls: expected no "oldTls" beside "localTls": "off", found true; it says which TLS devices may use`],
  ],
  [
    '109: devices that send without a password, as anybody',
    withSignIn(
      { kind: 'stored', user: 'alice' },
      { protocol: 'smtp', listen: '192.168.7.1:587', lan: { allow: ['192.168.7.20'] }, admit: 'no-password' },
    ),
    [
      `${at}.lan.senders: expected the senders to let through beside "no-password", found nothing; without them, whoever takes a device's address could send as anybody`,
    ],
  ],
  [
    '108: a large net, a public address, no address, and a key that is not there',
    withRelay({
      listen: '192.168.7.1:1143',
      lan: { allow: ['192.168.7.0/24', '8.8.8.8', 5], reading: true, sender: ['a@example.org'] },
    }),
    [
      `${at}.lan.allow[0]: expected single addresses, or nets from /28 to /32, found "192.168.7.0/24"; a larger net lets in whoever joins it`,
      `${at}.lan.allow[1]: expected an address of a private network (RFC 1918, 100.64.0.0/10, fc00::/7, fe80::/10), found "8.8.8.8"; others can be reached from the internet, or are this computer itself`,
      `${at}.lan.allow[2]: expected an address as text, found 5`,
      `${at}.lan.sender: unknown key; did you mean "senders"?`,
    ],
  ],
  [
    'bounds of what is sent, where mail is read',
    withRelay({
      listen: '192.168.7.1:1143',
      lan: { allow: ['192.168.7.20'], reading: true, senders: ['a@example.org'], recipientsPerHour: 1 },
    }),
    [
      `${at}.lan.senders: expected no "senders" here, found a list; it bounds what is sent (SMTP)`,
      `${at}.lan.recipientsPerHour: expected no "recipientsPerHour" here, found 1; it bounds what is sent (SMTP)`,
    ],
  ],
  [
    '109: senders that are no addresses, and bounds that are none',
    withRelay({
      protocol: 'smtp',
      listen: '192.168.7.1:587',
      lan: { allow: ['192.168.7.20'], senders: ['*@example.org@x', 'scanner', 5], recipientsPerHour: 0 },
    }),
    [
      `${at}.lan.senders[0]: expected a mail address such as "scanner@example.org", found "*@example.org@x"`,
      `${at}.lan.senders[1]: expected a mail address such as "scanner@example.org", found "scanner"`,
      `${at}.lan.senders[2]: expected an address as text, found 5`,
      `${at}.lan.recipientsPerHour: expected a number of recipients: a whole number from 1 to 10000, found 0`,
    ],
  ],
  [
    'nobody listed',
    withRelay({ listen: '192.168.7.1:1143', lan: { allow: [], reading: true } }),
    [`${at}.lan.allow: expected the addresses of the devices, found an empty list`],
  ],
  [
    'devices that are no object',
    withRelay({ listen: '192.168.7.1:1143', lan: true }),
    [`${at}.lan: expected { "allow": ["192.168.7.20"] }, found true`],
  ],
  ['a port out of range', withRelay({ listen: 70000 }), [`${at}.listen: ${listenExpected}, found 70000${loopback}`]],
  ['no listen', withRelay({ listen: undefined }), [`${at}.listen: ${listenExpected}, found nothing${loopback}`]],
  ['a server port as text', withRelay({ port: '993' }), [`${at}.port: ${portExpected}, found "993"`]],
  ['a server port of 0', withRelay({ port: 0 }), [`${at}.port: ${portExpected}, found 0`]],
  ['a server port of 1.5', withRelay({ port: 1.5 }), [`${at}.port: ${portExpected}, found 1.5`]],
  [
    'an empty server',
    withRelay({ server: '' }),
    [`${at}.server: expected the server's host name or IP address, found an empty text`],
  ],
  [
    'a URL with a password',
    withRelay({ server: 'imaps://ann:hunter2@imap.example.org' }),
    [`${at}.server: ${hostAlone}, found "imaps://ann:…@imap.example.org"${noUrl}`],
  ],
  [
    'a server with its port',
    withRelay({ server: 'imap.example.org:993' }),
    [`${at}.server: ${hostAlone}, found "imap.example.org:993"${noUrl}`],
  ],
  [
    'a server with its port, behind an address',
    withRelay({ server: '192.0.2.7:993' }),
    [`${at}.server: ${hostAlone}, found "192.0.2.7:993"${noUrl}`],
  ],
  [
    'half a client certificate',
    withRelay({ clientCertificate: { certificate: 'a.pem' } }),
    [`${at}.clientCertificate.key: expected the path of a PEM file with the key, found nothing`],
  ],
  // More than one key.
  [
    'an account name twice',
    JSON.stringify({
      version: 1,
      accounts: [
        { name: 'A', relays: [] },
        { name: 'A', relays: [] },
      ],
    }),
    ['accounts[1].name: expected a name of its own, found "A"; accounts[0] has the name "A" already'],
  ],
  [
    'a relay name twice',
    twoRelays({}, { name: 'work-imap', listen: 1 }),
    [
      `accounts[0].relays[1].name: expected a name of its own, found "work-imap"; ${at} has the name "work-imap" already`,
    ],
  ],
  [
    'a port twice',
    twoRelays({}, {}),
    [
      `accounts[0].relays[1].listen: expected a port of its own, found "127.0.0.1:1143"; ${at} listens on 127.0.0.1 port 1143 already`,
    ],
  ],
  [
    'a port twice, once for both addresses',
    twoRelays({}, { listen: 1143 }),
    [
      `accounts[0].relays[1].listen: expected a port of its own, found 1143; ${at} listens on 127.0.0.1 port 1143 already`,
    ],
  ],
  // Who signs in.
  [
    'a sign-in of an unknown kind',
    withSignIn({ kind: 'magic' }),
    [
      'accounts[0].signIn.kind: expected how the account signs in: { "kind": "pass-through" }, "stored" or "oauth" with a "user", found "magic"',
    ],
  ],
  [
    'a stored sign-in without a user, with a password',
    withSignIn({ kind: 'stored', password: 'x' }),
    [
      'accounts[0].signIn.user: expected the user name at the mail server as text, found nothing',
      'accounts[0].signIn.password: unknown key; no secret stands in this file. The mail program sends its own, or Postern keeps one in its vault ("signIn")',
    ],
  ],
  [
    'a user name that would end a SASL message',
    withSignIn({ kind: 'stored', user: 'alice\u0000bob' }),
    ['accounts[0].signIn.user: expected the user name without control characters, found "alice\\u0000bob"'],
  ],
  [
    'a provider and an issuer',
    withSignIn({ ...oauth, issuer: 'https://id.example.org' }),
    [
      'accounts[0].signIn: expected either "provider" or "issuer", found an object; one of them says where you sign in, and it takes just one',
    ],
  ],
  [
    'neither provider nor issuer',
    withSignIn({ kind: 'oauth', user: 'alice' }),
    [
      'accounts[0].signIn: expected either "provider" or "issuer", found an object; one of them says where you sign in, and it takes just one',
    ],
  ],
  [
    'an issuer without TLS',
    withSignIn({ kind: 'oauth', user: 'alice', issuer: 'http://id.example.org' }),
    ['accounts[0].signIn.issuer: expected the address of an issuer: an https URL, found "http://id.example.org"'],
  ],
  [
    'a typing error in a sign-in',
    withSignIn({ ...oauth, clientID: 'x' }),
    ['accounts[0].signIn.clientID: unknown key; did you mean "clientId"?'],
  ],
  [
    'a directory in an account of consents',
    withSignIn(oauth, { protocol: 'ldap' }),
    [
      `${at}.protocol: expected no directory (LDAP) in an account that signs in by a consent, found "ldap"; it takes a password. Give it an account of its own`,
    ],
  ],
  [
    'what becomes of referrals, where there are none',
    withRelay({ referrals: 'refuse' }),
    [`${at}.referrals: expected no "referrals" here, found "refuse"; only a directory (LDAP) has them`],
  ],
  [
    'referrals that are followed',
    withRelay({ protocol: 'ldap', referrals: 'follow' }),
    [`${at}.referrals: expected "remove" or "refuse", found "follow"`],
  ],
  [
    '20: a directory without TLS',
    withRelay({ protocol: 'ldap', tls: 'none' }),
    [`${at}.tls: expected "implicit" or "starttls", found "none"; Postern has no way to send mail without TLS`],
  ],
  [
    'an admission where the mail program signs in',
    withRelay({ admit: 'password' }),
    [
      `${at}.admit: expected no "admit" here, found "password"; it takes a "signIn" of the kind "stored" or "oauth". Otherwise the mail program signs in at the server by itself`,
    ],
  ],
  [
    'reading without a password',
    withSignIn(oauth, { admit: 'no-password' }),
    [
      `${at}.admit: expected "password", found "no-password"; only sending (SMTP) can go without, or whoever connects could read the mail`,
    ],
  ],
  // Settings.
  ['settings as a list', withSettings([]), ['settings: expected an object with settings, found a list']],
  [
    'a setting that does not exist',
    withSettings({ allowPlaintext: true }),
    [
      'settings.allowPlaintext: unknown key; expected only certificateDecisionSeconds, connectTimeoutSeconds, ownUserOnly, revocationLists, spareConnections, maxConnections, logLevel',
    ],
  ],
  [
    'a deadline of 0',
    withSettings({ connectTimeoutSeconds: 0 }),
    ['settings.connectTimeoutSeconds: expected seconds: a whole number from 1 to 300, found 0'],
  ],
  [
    'a log level of another program',
    withSettings({ logLevel: 'debug' }),
    ['settings.logLevel: expected "error", "warn", "info" or "trace", found "debug"'],
  ],
  // Everything at once.
  [
    'five mistakes',
    JSON.stringify({
      version: 1,
      accounts: [{ name: 'Work', relays: [{ ...relay, tls: 'none', prot: 1 }, 5] }],
      settings: { ownUserOnly: 'yes' },
      x: 1,
    }),
    [
      `${at}.tls: expected "implicit" or "starttls", found "none"; Postern has no way to send mail without TLS`,
      `${at}.prot: unknown key; did you mean "port"?`,
      'accounts[0].relays[1]: expected a relay: an object with name, protocol, listen, server, port and tls, found 5',
      'settings.ownUserOnly: expected true or false, found "yes"',
      'x: unknown key; expected only $schema, version, accounts, certificateAuthorities, notify, settings',
    ],
  ],
];

describe('a broken file', () => {
  test.each(broken)('%s', async (_name, text, messages) => {
    writeFileSync(configurationFile(directory), text, { mode: 0o600 });

    const error = await failureOf(loadConfiguration(directory));

    expect(error.file).toBe(configurationFile(directory));
    expect(error.issues.map(({ path, message }) => issueText({ path, message }))).toEqual(messages);
    // Bad JSON has its place in the message.
    for (const issue of error.issues) expect(issueText(issue)).toMatch(/^(?:\S+: )?line \d+, column \d+: /);
    expect(readFileSync(configurationFile(directory), 'utf8'), 'the file is not touched').toBe(text);
  });

  test('a value that is very long is cut, and one that could steer a terminal is inert', async () => {
    const error = await failureOf(parseConfiguration(withRelay({ tls: `\u001b[31m\u202e${'x'.repeat(5000)}` }), 'c'));
    expect(error.message.length).toBeLessThan(400);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(error.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/);
  });

  test('is no plain file, not UTF-8, or not readable', async () => {
    const file = configurationFile(directory);
    mkdirSync(file);
    expect((await failureOf(loadConfiguration(directory))).issues).toEqual([
      { path: '', message: 'is not a plain file' },
    ]);
    rmSync(file, { recursive: true });
    writeFileSync(file, Buffer.from('{ "version": 1, "accounts": [] }', 'utf16le'));
    writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0xfe]), readFileSync(file)]));
    expect((await failureOf(loadConfiguration(directory))).issues).toEqual([
      { path: '', message: 'is not text in UTF-8; save it again as UTF-8' },
    ]);
    rmSync(file);
    writeFileSync(join(directory, 'elsewhere.json'), JSON.stringify(sound));
    symlinkSync(join(directory, 'elsewhere.json'), file);
    expect((await failureOf(loadConfiguration(directory))).issues[0]?.message).toContain('is a symbolic link');
  });
});

test('one round has everything, with its place: what is wrong in itself, between values, for this user, in other files', async () => {
  const [first, second, third] = [
    { ...relay, listen: '0.0.0.0:25', tls: 'none' },
    { ...relay, listen: '127.0.0.1:1143' },
    { ...relay, name: 'c', lan: { allow: ['192.168.7.20'] }, listen: '192.168.7.1:143', port: 0 },
  ];
  const text = `{ "version": 1, "accounts": [{ "name": "Work", "relays": [
${JSON.stringify(first)},
${JSON.stringify(second)},
${JSON.stringify({ ...third, clientCertificate: { certificate: 'gone.pem', key: 'gone.pem' } })},
7,
${JSON.stringify({ ...relay, name: 'd', listen: '0.0.0.0:143', proxyProtocol: ['10.0.0.2'] })}
] },
{ "name": "Work", "relays": [], "signIn": 5 }],
"certificateAuthorities": ["gone.pem"] }`;
  const asked = configurationFile(directory);
  writeFileSync(asked, text);
  const { issues } = await failureOf(loadConfiguration(directory));
  expect(issues.map(({ path, line }) => [line, path])).toEqual([
    [2, `${at}.listen`],
    [2, `${at}.tls`],
    [3, 'accounts[0].relays[1].name'],
    [4, 'accounts[0].relays[2].port'],
    [4, 'accounts[0].relays[2].lan.reading'],
    [4, 'accounts[0].relays[2].clientCertificate.certificate'],
    [4, 'accounts[0].relays[2].clientCertificate.key'],
    [5, 'accounts[0].relays[3]'],
    [6, 'accounts[0].relays[4].listen'],
    [8, 'accounts[1].name'],
    [8, 'accounts[1].signIn'],
    [9, 'certificateAuthorities[0]'],
  ]);
});

test('what is faulty in itself breaks no rule about others', async () => {
  const { issues } = await failureOf(
    parseConfiguration(
      JSON.stringify({
        version: 1,
        accounts: [
          {
            name: 'A',
            signIn: { kind: 'stored' },
            relays: [
              { ...relay, admit: 'password' },
              { ...relay, name: 'b', listen: '192.168.7.1:587', lan: { allow: [] }, protocol: 'smtp' },
              { ...relay, name: 'c', listen: '192.168.7.1:588', lan: { allow: ['192.168.7.2'] }, protocol: 'gopher' },
              { ...relay, name: 'd', listen: 1144, referrals: 'remove', protocol: undefined },
            ],
          },
        ],
      }),
      'c',
    ),
  );
  expect(issues.map(({ path }) => path.replace('accounts[0].', ''))).toEqual([
    'signIn.user',
    'relays[1].lan.allow',
    'relays[2].protocol',
    'relays[3].protocol',
  ]);
});

describe('a sound file', () => {
  test('comes with its defaults', async () => {
    writeFileSync(configurationFile(directory), JSON.stringify(sound));
    expect(await loadConfiguration(directory)).toEqual({
      ...sound,
      certificateAuthorities: [],
      settings: {
        certificateDecisionSeconds: 25,
        connectTimeoutSeconds: 15,
        ownUserOnly: true,
        revocationLists: true,
        spareConnections: false,
        maxConnections: 500,
        logLevel: 'info',
      },
    });
  });

  test('that is not there is an empty configuration, and no file is made', async () => {
    expect((await loadConfiguration(directory)).accounts).toEqual([]);
    expect(() => statSync(configurationFile(directory))).toThrow('ENOENT');
  });

  test('may begin with a byte order mark', async () => {
    writeFileSync(configurationFile(directory), `\ufeff${JSON.stringify(sound)}`);
    expect((await loadConfiguration(directory)).accounts).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['192.168.7.1:587', { allow: ['192.168.7.20', '192.168.7.64/28'] }],
    ['[fd00::1]:587', { allow: ['fd00::20'], reading: false }],
    ['[fe80::1%eth0]:587', { allow: ['fe80::/124'] }],
    ['192.168.7.1:587', { allow: ['192.168.7.20'], senders: ['scanner@example.org'], recipientsPerHour: 10_000 }],
    ['tls://192.168.7.1:465', { allow: ['192.168.7.20'], localTls: 'require', oldTls: true }],
    ['tls://[fe80::1%eth0]:465', { allow: ['fe80::/124'] }],
    ['192.168.7.1:587', { allow: ['192.168.7.20'], localTls: 'off' }],
  ])('honest: 108: devices may be served at %s', async (listen, lan) => {
    const [account] = (await parseConfiguration(withRelay({ protocol: 'smtp', listen, lan }), 'c')).accounts;
    expect(account?.relays[0]).toMatchObject({ listen, lan });
  });

  test.each(['192.168.7.1:587', '127.0.0.1:587'])(
    'honest: 112: devices that a balancer passes on may be served at %s',
    async (listen) => {
      const lan = { allow: ['192.168.7.20'] };
      const behind = withRelay({ protocol: 'smtp', listen, lan, proxyProtocol: ['192.168.7.2'] });
      expect((await parseConfiguration(behind, 'c')).accounts[0]?.relays[0]).toMatchObject({ listen, lan });
    },
  );

  test('honest: 109: devices may send without a password under the senders that are listed', async () => {
    const lan = { allow: ['192.168.7.20'], senders: ['scanner@example.org'] };
    const relay = { protocol: 'smtp', listen: '192.168.7.1:587', lan, admit: 'no-password' };
    const [account] = (await parseConfiguration(withSignIn({ kind: 'stored', user: 'alice' }, relay), 'c')).accounts;
    expect(account?.relays[0]).toMatchObject({ lan, admit: 'no-password' });
  });

  test.each(['1143', 1143, '127.0.0.2:143', '[::1]:1143', '127.0.0.1:0', 0])('may listen on %j', async (listen) => {
    expect((await parseConfiguration(withRelay({ listen }), 'c')).accounts[0]?.relays[0]?.listen).toBe(listen);
  });

  test.each([
    [{ kind: 'pass-through' }, {}],
    [{ kind: 'stored', user: 'alice' }, {}],
    [{ kind: 'stored', user: 'alice' }, { admit: 'password' }],
    [
      { kind: 'stored', user: 'uid=alice,dc=example' },
      { protocol: 'ldap', referrals: 'refuse' },
    ],
    [oauth, { protocol: 'smtp', admit: 'no-password' }],
    [
      { kind: 'oauth', user: 'alice', issuer: 'https://id.example.org/realms/x', clientId: 'c', scopes: ['a', 'b'] },
      {},
    ],
  ])('may sign in as %j, %j', async (signIn, changes) => {
    const [account] = (await parseConfiguration(withSignIn(signIn, changes), 'c')).accounts;
    expect(account?.signIn).toEqual(signIn);
    expect(account?.relays[0]).toMatchObject(changes);
  });

  test('may use one port on two addresses, and any number of free ports', async () => {
    const free = twoRelays({ listen: 0 }, { listen: 0 });
    expect((await parseConfiguration(free, 'c')).accounts[0]?.relays).toHaveLength(2);
    const apart = twoRelays({ listen: '127.0.0.1:1143' }, { listen: '[::1]:1143' });
    expect((await parseConfiguration(apart, 'c')).accounts[0]?.relays).toHaveLength(2);
  });

  test('that others could read is closed to them', async () => {
    writeFileSync(configurationFile(directory), JSON.stringify(sound));
    chmodSync(configurationFile(directory), 0o644);
    await loadConfiguration(directory);
    expect(statSync(configurationFile(directory)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
  });
});

describe('files that the configuration names', () => {
  test('are read from the data directory', async () => {
    writeFileSync(join(directory, 'root.pem'), createAuthority().certPem);
    writeFileSync(configurationFile(directory), JSON.stringify({ ...sound, certificateAuthorities: ['root.pem'] }));
    expect((await loadConfiguration(directory)).certificateAuthorities).toEqual(['root.pem']);
  });

  test('stop the load when they are wrong, and not the check of the file alone', async () => {
    writeFileSync(join(directory, 'leaf.pem'), selfSigned().certPem);
    const file = configurationFile(directory);
    writeFileSync(file, JSON.stringify({ ...sound, certificateAuthorities: ['leaf.pem', 'missing.pem'] }));
    expect((await failureOf(loadConfiguration(directory))).issues.map(({ path }) => path)).toEqual([
      'certificateAuthorities[0]',
      'certificateAuthorities[1]',
    ]);
    expect((await readConfiguration(file)).certificateAuthorities).toHaveLength(2);
  });
});

test('a value that never was a text is checked in the same words', () => {
  expect(() => checkConfiguration({ version: 3, accounts: [] }, 'the new configuration')).toThrow(
    'the new configuration: version: expected 1, the version of this format, found 3',
  );
  expect(checkConfiguration(sound, 'x').accounts).toHaveLength(1);
});

async function failureOf(promise: Promise<unknown>): Promise<ConfigurationError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return error as ConfigurationError;
}
