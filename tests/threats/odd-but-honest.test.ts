/**
 * The other half of every refusal: servers that are odd, legal and genuine. A false alarm teaches people to dismiss
 * alarms.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import type { FakeUpstreamOptions } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { type CertificateOptions, createAuthority, der, type Identity, issue, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { authority, expectHonest, honest, openStage, protocolOf, type Scene, type Stage, user } from './stage.ts';

const names = ['localhost'];
const day = 86_400_000;
const leaf = (options: CertificateOptions = {}) => issue(authority, { names, ...options });

/** With STARTTLS: what the server says before TLS, and inside it. */
function talks(
  name: string,
  protocol: LineProtocol,
  plain: FakeUpstreamOptions['plain'],
  inside: FakeUpstreamOptions['inside'] = {},
): Scene {
  return { name: `${name}, ${protocol}`, upstream: { protocol, tls: 'starttls', plain: plain ?? {}, inside } };
}

function greets(name: string, protocol: LineProtocol, greeting: string, capabilities?: string[] | string): Scene {
  const inside = { greeting, ...(capabilities === undefined ? {} : { capabilities }) };
  return { name: `${name}, ${protocol}`, upstream: { protocol, tls: 'implicit', inside } };
}

const many = Array.from({ length: 60 }, (_, number) => `XEXTENSION-${number}`);

const manners: Scene[] = [
  talks('honest: 2: a go-ahead without text', 'smtp', { starttls: '220\r\n' }),
  talks('honest: 2: a go-ahead with a blank alone', 'smtp', { starttls: '220 \r\n' }),
  talks('honest: 2: a go-ahead of two lines', 'smtp', { starttls: '220-2.0.0 one\r\n220 2.0.0 two\r\n' }),
  talks('honest: 5: a greeting of many lines', 'smtp', { greeting: `${'220-busy\r\n'.repeat(20)}220 ready\r\n` }),
  talks('honest: 5: a greeting of a bare code', 'smtp', { greeting: '220\r\n' }),
  talks('honest: 5: a greeting in another language', 'smtp', { greeting: '220 gr\xc3\xbc\xc3\x9fe ESMTP\r\n' }),
  talks('honest: 4: EHLO answered by one line', 'smtp', { capabilities: '250 mail.example.org\r\n' }),
  talks('honest: 4: EHLO answered by an empty last line', 'smtp', {
    capabilities: '250-a\r\n250-STARTTLS\r\n250 \r\n',
  }),
  talks('honest: 1: starttls in small letters', 'smtp', { capabilities: ['size 1000', 'starttls'] }),
  talks('honest: 1: blanks behind STARTTLS', 'smtp', { capabilities: ['STARTTLS  ', 'HELP'] }),
  talks(
    'honest: 1: a long list of extensions',
    'smtp',
    { capabilities: [...many, 'STARTTLS'] },
    { capabilities: [...many, 'AUTH PLAIN'] },
  ),
  talks(
    'honest: 25: more than before inside TLS',
    'smtp',
    { capabilities: ['STARTTLS'] },
    { capabilities: ['SIZE', 'AUTH PLAIN LOGIN', 'AUTH=PLAIN LOGIN', 'DSN'] },
  ),
  greets('honest: 5: a greeting of many lines inside TLS', 'smtp', '220-one\r\n220-two\r\n220 three\r\n'),
  greets('honest: 25: keywords in small letters', 'smtp', '220 hi\r\n', ['auth plain', 'pipelining', 'size']),

  talks('honest: 8: ok in small letters', 'imap', { greeting: '* ok ready\r\n', starttls: '{tag} Ok go\r\n' }),
  talks('honest: 8: a go-ahead without text', 'imap', { starttls: '{tag} OK\r\n' }),
  talks('honest: 8: a go-ahead with a code', 'imap', { starttls: '{tag} OK [X] go\r\n' }),
  talks('honest: 9: Capability in small letters', 'imap', {
    capabilities: '* Capability imap4rev1 starttls\r\n{tag} ok\r\n',
  }),
  talks('honest: 25: capabilities in the greeting, and again unasked', 'imap', {
    greeting: '* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n',
    starttls: '* CAPABILITY IMAP4rev1\r\n{tag} OK go\r\n',
  }),
  talks(
    'honest: 25: blanks in the list of capabilities',
    'imap',
    {},
    { capabilities: '* CAPABILITY  IMAP4rev1   AUTH=PLAIN \r\n{tag} OK done\r\n' },
  ),
  talks(
    'honest: 25: capabilities in two lines and untagged noise',
    'imap',
    {},
    {
      capabilities:
        '* OK noise\r\n* CAPABILITY IMAP4rev1\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* NO noise\r\n{tag} OK done\r\n',
    },
  ),
  talks('honest: 25: CAPABILITY refused inside TLS', 'imap', {}, { capabilities: '{tag} BAD what?\r\n' }),
  greets('honest: 25: capabilities in the greeting', 'imap', '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n'),
  greets('honest: 25: a code nobody knows in the greeting', 'imap', '* OK [XNEW a b] ready\r\n'),
  greets('honest: 11: a greeting without text', 'imap', '* OK\r\n'),
  greets('honest: 11: a greeting in small letters', 'imap', '* ok hello\r\n'),
  greets('honest: 25: LITERAL- and no SASL-IR', 'imap', '* OK hi\r\n', ['IMAP4rev1', 'LITERAL-', 'AUTH=PLAIN']),
  greets('honest: 25: IMAP4rev2 alone', 'imap', '* OK hi\r\n', ['IMAP4rev2', 'AUTH=PLAIN']),
  greets('honest: 25: a long list of capabilities', 'imap', '* OK hi\r\n', ['IMAP4rev1', ...many]),

  talks('honest: 14: a go-ahead without text', 'pop3', { starttls: '+OK\r\n' }),
  talks('honest: 14: a greeting without text', 'pop3', { greeting: '+OK\r\n' }),
  talks('honest: 14: a blank behind +OK', 'pop3', { greeting: '+OK \r\n', starttls: '+OK  begin\r\n' }),
  greets('honest: 14: a greeting without text inside TLS', 'pop3', '+OK\r\n'),
  greets('honest: 15: a stamp inside TLS', 'pop3', '+OK hi <1.2@mail.example.org>\r\n'),
  greets('honest: 25: keywords in small letters', 'pop3', '+OK hi\r\n', ['top', 'sasl plain', 'uidl']),

  talks('honest: 2: a go-ahead without text', 'nntp', { starttls: '382\r\n' }),
  talks('honest: 2: a go-ahead with a blank alone', 'nntp', { starttls: '382 \r\n' }),
  talks('honest: 5: a greeting of a bare code', 'nntp', { greeting: '201\r\n' }),
  talks('honest: 1: starttls in small letters', 'nntp', { capabilities: ['version 2', 'reader', 'starttls'] }),
  talks('honest: 3: nothing about capabilities without a sign-in', 'nntp', { capabilities: '480 first\r\n' }),
  talks('honest: 25: CAPABILITIES is not known inside TLS', 'nntp', {}, { capabilities: '500 what?\r\n' }),
  talks('honest: 25: an empty list inside TLS', 'nntp', {}, { capabilities: [] }),
  talks('honest: 25: a long list inside TLS', 'nntp', {}, { capabilities: ['VERSION 2', 'POST', ...many] }),
  greets('honest: 5: a greeting without text inside TLS', 'nntp', '200\r\n'),
  greets('honest: 5: a greeting inside TLS that takes no articles', 'nntp', '201 only to read\r\n'),
  greets('honest: 25: keywords in small letters', 'nntp', '200 hi\r\n', ['version 2', 'authinfo user', 'sasl plain']),
];

const segmented: Scene[] = lineProtocols.flatMap((protocol) =>
  [1, 2, 5].map((segment) => ({
    name: `honest: 21: everything in segments of ${segment}, ${protocol}`,
    upstream: { protocol, tls: 'starttls', plain: {}, segment },
  })),
);

function tls(name: string, tlsOptions: FakeUpstreamOptions['tlsOptions'] & object, identity?: Identity): Scene {
  return {
    name,
    upstream: { protocol: protocolOf(name, 'pop3'), tls: 'implicit', tlsOptions, ...(identity ? { identity } : {}) },
  };
}
const rsa = leaf({ key: 'rsa2048' });
const handshakes: Scene[] = [
  ...(['X25519', 'P-256', 'P-384', 'P-521'] as const).flatMap((ecdhCurve) =>
    (['TLSv1.2', 'TLSv1.3'] as const).map((version) =>
      tls(`honest: 51: ${ecdhCurve} alone in ${version}`, { ecdhCurve, minVersion: version, maxVersion: version }),
    ),
  ),
  ...(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const).map((ciphers) =>
    tls(`honest: 51: ${ciphers} alone`, { ciphers, minVersion: 'TLSv1.3' }),
  ),
  ...(['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305', 'ECDHE-RSA-AES128-GCM-SHA256'] as const).map(
    (ciphers) => tls(`honest: 51: ${ciphers} alone`, { ciphers, maxVersion: 'TLSv1.2' }, rsa),
  ),
  tls('honest: 53: a client certificate is welcome but not needed, TLS 1.2', {
    requestCert: true,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
  }),
  tls('honest: 53: a client certificate is welcome, of certain authorities, nntp', {
    requestCert: true,
    rejectUnauthorized: false,
    ca: authority.certPem,
  }),
  tls('honest: 52: tickets are handed out', { sessionTimeout: 300, ticketKeys: Buffer.alloc(48, 1) }),
  tls('honest: 52: tickets are handed out, nntp', { sessionTimeout: 300, ticketKeys: Buffer.alloc(48, 1) }),
  tls('honest: 51: the order of the server counts', { honorCipherOrder: true }),
];

const intermediate = issue(authority, { cn: 'Intermediate', ca: true });
const second = issue(intermediate, { cn: 'Second', ca: true });
const third = issue(second, { cn: 'Third', ca: true });
const below = issue(third, { names });
const [first3 = '', second3 = '', third3 = ''] = [third, second, intermediate].map(({ certPem }) => certPem);
const pssAuthority = createAuthority({ key: 'rsa-pss' });
const largeAuthority = createAuthority({ key: 'rsa4096', hash: 'sha512' });
const p384Authority = createAuthority({ key: 'ec384' });
const edAuthority = createAuthority({ key: 'ed25519' });
/** A root that an unknown one has signed as well, as with many public roots in their early years. */
const oldRoot = createAuthority();
const crossSigned = issue(oldRoot, {
  cn: /CN=(.*)/.exec(p384Authority.x509.subject)?.[1] ?? '',
  ca: true,
  key: p384Authority.keys,
});
const crossLeaf = issue(p384Authority, { names });
const expiredCross = issue(oldRoot, {
  cn: /CN=(.*)/.exec(p384Authority.x509.subject)?.[1] ?? '',
  ca: true,
  key: p384Authority.keys,
  notBefore: new Date(Date.now() - 9 * day),
  notAfter: new Date(Date.now() - day),
});
const trustedAlone = selfSigned({ names, ca: true, keyUsage: ['digitalSignature', 'keyCertSign'] });
const otherName = der(
  0xa0,
  Buffer.from('060a2b060104018237140203', 'hex'),
  der(0xa0, der(0x0c, Buffer.from('me@example.org'))),
);
const mixedNames = der(
  0x30,
  otherName,
  der(0x82, Buffer.from('localhost')),
  der(0x86, Buffer.from('imaps://localhost')),
  der(0x88, Buffer.from('2a0304', 'hex')),
);

const presented: [string, Identity, string?][] = [
  ['honest: 33: four deep', below],
  ['honest: 33: in another order', { ...below, chainPem: below.certPem + third3 + first3 + second3 }],
  ['honest: 33: with the root', { ...below, chainPem: below.chainPem + authority.certPem }],
  [
    'honest: 33: with the leaf twice and a stranger among them',
    { ...below, chainPem: below.certPem + below.certPem + oldRoot.certPem + first3 + second3 + third3 },
  ],
  [
    'honest: 33: cross-signed, and the other root is not known',
    { ...crossLeaf, chainPem: crossLeaf.certPem + crossSigned.certPem },
  ],
  [
    'honest: 33: cross-signed, and that has expired',
    { ...crossLeaf, chainPem: crossLeaf.certPem + expiredCross.certPem },
  ],
  ['honest: 33: self-signed and named in the configuration', trustedAlone],
  ['honest: 34: valid beyond 2050', leaf({ notAfter: new Date('2061-01-01T00:00:00Z') })],
  [
    'honest: 35: the third of a hundred names',
    leaf({
      names: [
        'a.example',
        'b.example',
        'localhost',
        ...many.slice(0, 97).map((name) => `${name.toLowerCase()}.example`),
      ],
    }),
  ],
  ['honest: 35: a wildcard on the right label', leaf({ names: ['*.mail.example.org'] }), 'a.mail.example.org'],
  ['honest: 35: a wildcard among other names', leaf({ names: ['example.org', '*.example.org'] }), 'imap.example.org'],
  ['honest: 35: a wildcard for an A-label', leaf({ names: ['*.example.org'] }), 'bücher.example.org'],
  ['honest: 35: a dot behind the configured name', leaf({ names: ['mail.example.org'] }), 'mail.example.org.'],
  [
    'honest: 35: names of all kinds',
    leaf({ names: [], cn: 'x', extensions: [{ oid: '2.5.29.17', value: mixedNames }] }),
  ],
  ['honest: 35: no subject, critical names', leaf({ cn: null })],
  ['honest: 35: critical names and a subject', leaf({ sanCritical: true })],
  ['honest: 35: another common name', leaf({ cn: 'Some Organisation' })],
  ['honest: 36: an address of IPv6', leaf({ names: [], ips: ['2001:db8::1'] }), '2001:db8:0:0::1'],
  ['honest: 36: an address among names', leaf({ names: ['localhost'], ips: ['127.0.0.1', '10.0.0.1'] }), '127.0.0.1'],
  ['honest: 38: no purposes at all', leaf({ eku: null })],
  ['honest: 38: a usage more', leaf({ keyUsage: ['digitalSignature', 'keyEncipherment', 'keyAgreement'] })],
  ['honest: 38: no usage at all', leaf({ keyUsage: null })],
  ['honest: 38: nothing but a name', leaf({ bare: true })],
  [
    'honest: 38: an extension that nobody knows and nobody must',
    leaf({ extensions: [{ oid: '1.3.6.1.4.1.99999.7', value: der(0x05) }] }),
  ],
  [
    'honest: 38: a path length that is just enough',
    issue(issue(authority, { cn: 'P', ca: true, pathLength: 0 }), { names }),
  ],
  [
    'honest: 38: an issuer for servers alone',
    issue(issue(authority, { cn: 'E', ca: true, eku: ['serverAuth'] }), { names }),
  ],
  [
    'honest: 38: name constraints of an address',
    issue(issue(authority, { cn: 'N', ca: true, nameConstraints: { permitted: [{ ip: '127.0.0.0/8' }] } }), {
      names: [],
      ips: ['127.0.0.1'],
    }),
    '127.0.0.1',
  ],
  ['honest: 39: P-384', leaf({ key: 'ec384' })],
  [
    'honest: 39: P-384 with SHA-384 from a P-384 authority',
    issue(p384Authority, { names, key: 'ec384', hash: 'sha384' }),
  ],
  ['honest: 39: RSA with 4096 bits and SHA-512', issue(largeAuthority, { names, key: 'rsa4096', hash: 'sha512' })],
  ['honest: 39: Ed25519 from an Ed25519 authority', issue(edAuthority, { names, key: 'ed25519' })],
  ['honest: 39: RSA-PSS signed by the authority', issue(pssAuthority, { names, key: 'rsa2048' })],
  ['honest: 39: an RSA-PSS key', leaf({ key: 'rsa-pss' })],
  ['honest: 39: a serial number of 20 bytes', leaf({ serial: Buffer.alloc(20, 0x11) })],
];
const certificates = presented.map(
  ([name, identity, server]): Scene => ({
    name,
    upstream: { protocol: 'imap', tls: 'implicit', identity },
    ...(server === undefined ? {} : { relay: { server } }),
  }),
);
const pssOld = tls('honest: 39: an RSA-PSS key in TLS 1.2', { maxVersion: 'TLSv1.2' }, leaf({ key: 'rsa-pss' }));

const all = [...manners, ...segmented, ...handshakes, ...certificates, pssOld];

let stage: Stage;
let warning: { port: number };

/** A server whose first record is a warning (RFC 6066 §3: unrecognized_name), followed by the handshake. */
async function warns(): Promise<{ port: number }> {
  const server = createServer((raw) => {
    raw.on('error', () => undefined);
    raw.once('data', (hello) => {
      raw.write(Buffer.from('15030300020170', 'hex'));
      raw.pause();
      raw.unshift(hello);
      const socket = new TLSSocket(raw, {
        isServer: true,
        cert: honest.chainPem,
        key: honest.keyPem,
        maxVersion: 'TLSv1.2',
      });
      socket.on('error', () => undefined);
      socket.write('+OK behind a warning\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  return { port: (server.address() as AddressInfo).port };
}

beforeAll(async () => {
  warning = await warns();
  stage = await openStage(
    all,
    {},
    {
      certificateAuthorities: [pssAuthority, largeAuthority, p384Authority, edAuthority, trustedAlone],
    },
  );
});

test.each(all.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const client = await expectHonest(stage, one);
  const { relay, upstream } = stage.on(one);
  expect(await stage.postern.event('session-verified', (event) => event.relay === relay)).toMatchObject({
    trust: 'verified',
  });
  expect((await stage.snapshot()).tables.relays[relay]?.lastRefusal).toBeNull();
  expect((await upstream.connection(0)).user).toBe(user);
  client.finish();
});

test('honest: 17: a warning before the handshake, as servers send about a name that they do not know', async () => {
  const { port } = warning;
  const scene: Scene = {
    name: 'honest: 17: a warning',
    upstream: { protocol: 'pop3', tls: 'implicit' },
    relay: { port },
  };
  const warned = await openStage([scene]);
  const client = await RawClient.connect(warned.on(scene).port);
  expect(await client.line()).toBe('+OK behind a warning');
  client.finish();
  await warned.stop();
});
