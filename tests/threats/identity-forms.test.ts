/**
 * More forms of a false identity: names in other places and encodings, misleading chains, bytes that two parsers read
 * differently.
 */
import { beforeAll, expect, test } from 'vitest';
import type { CertificateProblem, CertificateQuestion } from '../../proxy/contract/index.ts';
import {
  type CertificateOptions,
  createAuthority,
  der,
  type Identity,
  issue,
  keyPair,
  selfSigned,
} from '../support/pki.ts';
import { expectRefused, type Required } from './refusal.ts';
import { authority, openStage, type Scene, type Stage, socketsBesideListeners } from './stage.ts';

interface Case extends Scene {
  required: Required;
  problems: CertificateProblem[] | null;
}

const host = 'mail.example.org';
const day = 86_400_000;
const leaf = (options: CertificateOptions = {}) => issue(authority, { names: [host], ...options });

function asked(name: string, identity: Identity, problems: CertificateProblem[], server = host): Case {
  return {
    name,
    upstream: { protocol: 'smtp', tls: 'starttls', identity },
    relay: { server },
    required: { reason: 'certificate-undecided', approvable: true },
    problems,
  };
}

/** What nobody can approve, or what cannot even be read. */
function final(
  name: string,
  identity: Identity,
  reason: Required['reason'] = 'certificate-rejected',
  server = host,
): Case {
  return {
    name,
    upstream: { protocol: 'imap', tls: 'starttls', identity, tlsOptions: { ciphers: 'ALL:@SECLEVEL=0' } },
    relay: { server },
    required: { reason },
    problems: null,
  };
}

const text = (tag: number, value: string) => der(tag, Buffer.from(value, 'latin1'));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
/** A subjectAltName with exactly these entries. */
const san = (...names: Uint8Array[]): CertificateOptions => ({
  cn: host,
  names: [],
  extensions: [{ oid: '2.5.29.17', value: der(0x30, ...names) }],
});
const srvName = der(0xa0, oid('2b06010505070807'), der(0xa0, der(0x16, Buffer.from(`_imaps.${host}`))));
const xmppAddr = der(0xa0, oid('2b06010505070805'), der(0xa0, der(0x0c, Buffer.from(host))));

const names: Case[] = [
  ...(
    [
      ['an SRV name', san(srvName)],
      ['an XMPP address', san(xmppAddr)],
      ['a registered ID', san(text(0x88, '*'))],
      ['a directory name', { names: [], otherNames: [{ directory: host }] }],
      ['a URI without a scheme', { names: [], otherNames: [{ uri: host }] }],
      ['an e-mail address at the host', { names: [], otherNames: [{ email: `imap@${host}` }] }],
      ['an organisation', { names: ['other.example.org'], attributes: [['2.5.4.10', host]] }],
      ['an organisational unit', { names: ['other.example.org'], attributes: [['2.5.4.11', host]] }],
      ['an unstructured name', { names: ['other.example.org'], attributes: [['1.2.840.113549.1.9.2', host]] }],
      ['two common names', { names: [], attributes: [['2.5.4.3', host]], cn: host }],
    ] as [string, CertificateOptions][]
  ).map(([what, options]) => asked(`35: the host in ${what}`, leaf(options), ['name-mismatch'])),
  ...[
    `${host}.`,
    `.${host}`,
    `*.${host}`,
    `x.${host}`,
    ` ${host}`,
    `\t${host}`,
    `${host}\r\n`,
    `${host}\0`,
    `\0${host}`,
    `${host}:25`,
    `//${host}`,
    `user@${host}`,
    'mail.example.com',
    'mail-example.org',
    'mail_example.org',
    'mail..example.org',
    'mail.example.org.org',
    '*.*.example.org',
    '*.example.*',
    'mail.example.*',
    '*mail.example.org',
    'mail*.example.org',
    'm*.example.org',
    '*.xample.org',
    '?ail.example.org',
    '[mail].example.org',
    'xn--*.example.org',
    '*-a.example.org',
    'ｍail.example.org',
    'maіl.example.org',
    '.example.org',
    'example.org',
    'org',
    '.',
    '',
  ].map((name) =>
    asked(`35: the alternative name ${JSON.stringify(name)}`, leaf(san(der(0x82, Buffer.from(name)))), [
      'name-mismatch',
    ]),
  ),
  asked('35: *.co.uk', leaf({ names: ['*.co.uk'] }), ['name-mismatch'], 'example.co.uk'),
  asked('35: *.com.au', leaf({ names: ['*.com.au'] }), ['name-mismatch'], 'example.com.au'),
  asked('35: *.b.example for a.b.c.example', leaf({ names: ['*.b.example'] }), ['name-mismatch'], 'a.b.c.example'),
  asked('35: a wildcard for two labels', leaf({ names: ['*.example.org'] }), ['name-mismatch'], 'a.mail.example.org'),
  asked('35: the host is the wildcard’s own parent', leaf({ names: ['*.mail.example.org'] }), ['name-mismatch'], host),
  asked('35: a label of 64 letters', leaf({ names: [`${'a'.repeat(64)}.example.org`] }), ['name-mismatch']),
  asked('35: a name of 300 letters', leaf({ names: [`${'a.'.repeat(150)}example.org`] }), ['name-mismatch']),
  asked('35: an empty list of names and the common name', leaf({ cn: host, names: [] }), ['name-mismatch']),
];

const ip = (bytes: number[]) => der(0x87, Buffer.from(bytes));
const addresses: Case[] = [
  ...(
    [
      ['in the common name alone', { cn: '127.0.0.1', names: [] }],
      ['as dNSName with a dot', san(text(0x82, '127.0.0.1.'))],
      ['as a URI', san(text(0x86, 'imaps://127.0.0.1'))],
      ['as a URI alone', san(text(0x86, '127.0.0.1'))],
      ['as text in an iPAddress', san(text(0x87, '127.0.0.1'))],
      ['with a mask', san(ip([127, 0, 0, 1, 255, 255, 255, 255]))],
      ['with three bytes', san(ip([127, 0, 0]))],
      ['with five bytes', san(ip([127, 0, 0, 1, 0]))],
      ['without bytes', san(ip([]))],
      ['mapped into IPv6', san(ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1]))],
      ['compatible with IPv6', san(ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1]))],
      ['in another order', san(ip([1, 0, 0, 127]))],
      ['as a wildcard', san(text(0x82, '*'))],
      ['as a wildcard of its net', san(text(0x82, '127.0.0.*'))],
      ['as a number', san(text(0x82, '2130706433'))],
      ['in hexadecimal', san(text(0x82, '0x7f000001'))],
    ] as [string, CertificateOptions][]
  ).map(([what, options]) => asked(`36: the address ${what}`, leaf(options), ['name-mismatch'], '127.0.0.1')),
  ...(
    [
      ['as dNSName', san(text(0x82, '::1'))],
      ['as dNSName in brackets', san(text(0x82, '[::1]'))],
      ['as dNSName in full', san(text(0x82, '0:0:0:0:0:0:0:1'))],
      ['in the common name', { cn: '::1', names: [] }],
      ['as one of IPv4', san(ip([0, 0, 0, 1]))],
      ['as another one', san(ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]))],
    ] as [string, CertificateOptions][]
  ).map(([what, options]) => asked(`36: the address of IPv6 ${what}`, leaf(options), ['name-mismatch'], '::1')),
  asked('36: an address for the host', leaf({ names: [], ips: ['127.0.0.1'] }), ['name-mismatch']),
];

const idn: Case[] = [
  ...(
    [
      ['in UTF-8', 'bücher.example'],
      ['in upper case', 'BÜCHER.EXAMPLE'],
      ['with the letters taken apart', 'bücher.example'.normalize('NFD')],
      ['percent-encoded', 'b%C3%BCcher.example'],
      ['another A-label', 'xn--bucher-8va.example'],
      ['the A-label of IDNA 2003 for ß', 'strasse.example'],
      ['an A-label that is none', 'xn--bcher-kvaa.example'],
      ['a wildcard inside the A-label', 'xn--bcher*.example'],
      ['the A-label and a part more', 'a.xn--bcher-kva.example'],
    ] as const
  ).map(([what, name]) =>
    asked(
      `37: an internationalised host, and the certificate has ${what}`,
      leaf(san(der(0x82, Buffer.from(name)))),
      ['name-mismatch'],
      what.includes('ß') ? 'straße.example' : 'bücher.example',
    ),
  ),
];

const stranger = createAuthority();
const commonName = ({ x509 }: Identity) => /CN=(.*)/.exec(x509.subject)?.[1] ?? '';
const inner = (options: CertificateOptions) => issue(authority, { cn: 'Inner', ca: true, ...options });
const from = (issuer: Identity, options: CertificateOptions = {}) => issue(issuer, { names: [host], ...options });
const withChain = (end: Identity, ...above: Identity[]): Identity => ({
  ...end,
  chainPem: [end, ...above].map(({ certPem }) => certPem).join(''),
});
const expiredInner = inner({ notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) });
const unborn = inner({ notBefore: new Date(Date.now() + day) });
const key = keyPair();
/** The same name and key twice: once expired from our authority, once from a stranger. */
const expiredTwin = issue(authority, {
  cn: 'Twin',
  ca: true,
  key,
  notBefore: new Date(Date.now() - 9 * day),
  notAfter: new Date(Date.now() - day),
});
const strangeTwin = issue(stranger, { cn: 'Twin', ca: true, key });
const twinLeaf = from(expiredTwin);
const leafAsIssuer = from(leaf({ names: ['example.net'] }));
const constrained = (constraints: CertificateOptions['nameConstraints']) =>
  inner({ cn: 'Limited', ...(constraints ? { nameConstraints: constraints } : {}) });

const chains: Case[] = [
  asked('33: self-signed, and the known authority behind it', withChain(selfSigned({ names: [host] }), authority), [
    'self-signed',
  ]),
  asked(
    '33: self-issued in the name of the known authority',
    selfSigned({ cn: commonName(authority), names: [host] }),
    ['self-signed'],
  ),
  asked('33: the stranger sends its own root along', withChain(from(stranger), stranger), ['unknown-issuer']),
  asked('33: intermediates of another chain', withChain(from(inner({})), issue(stranger, { cn: 'Inner', ca: true })), [
    'unknown-issuer',
  ]),
  asked(
    '33: a chain that bites its tail',
    (() => {
      const a = keyPair();
      const b = keyPair();
      const rootA = createAuthority({ cn: 'A', key: a });
      const rootB = createAuthority({ cn: 'B', key: b });
      const aByB = issue(rootB, { cn: 'A', ca: true, key: a });
      const bByA = issue(rootA, { cn: 'B', ca: true, key: b });
      const end = issue(aByB, { names: [host] });
      return withChain(end, aByB, bByA);
    })(),
    ['unknown-issuer'],
  ),
  asked('33: a broken signature in the middle', from(inner({ breakSignature: true })), ['unknown-issuer']),
  asked('33: cross-signed by a stranger, and ours has expired', withChain(twinLeaf, strangeTwin, expiredTwin), [
    'expired',
  ]),
  asked('34: an expired intermediate', from(expiredInner), ['expired']),
  asked('34: an intermediate that is not yet valid', from(unborn), ['not-yet-valid']),
  asked('34: expired and not yet valid on one path', from(expiredInner, { notBefore: new Date(Date.now() + day) }), [
    'expired',
    'not-yet-valid',
  ]),
  asked(
    '34: valid in the wrong order',
    leaf({ notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() - day) }),
    ['expired'],
  ),
  asked(
    '34: expired a year ago, in the name of another host',
    leaf({
      names: ['a.example'],
      notBefore: new Date(Date.now() - 800 * day),
      notAfter: new Date(Date.now() - 365 * day),
    }),
    ['expired', 'name-mismatch'],
  ),
  asked('38: issued by a server’s certificate', leafAsIssuer, ['unknown-issuer']),
  asked(
    '38: issued by a server’s certificate that may sign',
    from(leaf({ keyUsage: ['digitalSignature', 'keyCertSign'] })),
    ['unknown-issuer'],
  ),
  asked('38: an issuer that may not sign certificates', from(inner({ keyUsage: ['cRLSign'] })), ['unknown-issuer']),
  asked('38: an issuer without basic constraints', from(inner({ bare: true })), ['unknown-issuer']),
  asked('38: an issuer for e-mail', from(inner({ eku: ['emailProtection'] })), ['unknown-issuer']),
  asked('38: an issuer for clients', from(inner({ eku: ['clientAuth'] })), ['unknown-issuer']),
  asked(
    '38: an authority’s certificate as the server’s',
    leaf({ ca: true, keyUsage: ['digitalSignature', 'keyCertSign'] }),
    ['wrong-usage'],
  ),
  asked('38: for signing code', leaf({ eku: ['codeSigning'] }), ['wrong-usage']),
  asked('38: for stamping times', leaf({ eku: ['1.3.6.1.5.5.7.3.8'] }), ['wrong-usage']),
  asked('38: for answering about revocation', leaf({ eku: ['ocspSigning'] }), ['wrong-usage']),
  asked('38: a key that may only agree', leaf({ keyUsage: ['keyAgreement'] }), ['wrong-usage']),
  asked('38: a key for certificates alone', leaf({ keyUsage: ['keyCertSign'] }), ['wrong-usage']),
  asked(
    '38: a path length of two levels above',
    from(issue(issue(inner({ pathLength: 1 }), { cn: 'B', ca: true }), { cn: 'C', ca: true })),
    ['unknown-issuer'],
  ),
  asked('38: permitted another domain', from(constrained({ permitted: [{ dns: 'example.net' }] })), ['unknown-issuer']),
  asked('38: permitted a longer name', from(constrained({ permitted: [{ dns: 'x.mail.example.org' }] })), [
    'unknown-issuer',
  ]),
  asked('38: permitted a name that merely ends alike', from(constrained({ permitted: [{ dns: 'ple.org' }] })), [
    'unknown-issuer',
  ]),
  asked('38: excluded the very host', from(constrained({ excluded: [{ dns: host }] })), ['unknown-issuer']),
  asked('38: excluded in other letters', from(constrained({ excluded: [{ dns: 'EXAMPLE.org' }] })), ['unknown-issuer']),
  asked(
    '38: excluded what a wildcard may mean',
    from(constrained({ excluded: [{ dns: host }] }), { names: ['*.example.org'] }),
    ['unknown-issuer'],
  ),
  asked(
    '38: permitted, and one name more than that',
    from(constrained({ permitted: [{ dns: 'example.org' }] }), { names: [host, 'evil.example.net'] }),
    ['unknown-issuer'],
  ),
  asked(
    '38: permitted another net',
    from(constrained({ permitted: [{ ip: '10.0.0.0/8' }] }), { names: [], ips: ['127.0.0.1'] }),
    ['unknown-issuer'],
    '127.0.0.1',
  ),
  asked(
    '38: constraints that are not critical',
    from(constrained({ permitted: [{ dns: 'example.net' }], critical: false })),
    ['unknown-issuer'],
  ),
  asked(
    '38: constraints two levels up',
    from(issue(constrained({ permitted: [{ dns: 'example.net' }] }), { cn: 'Low', ca: true })),
    ['unknown-issuer'],
  ),
  asked(
    '38: constraints of two issuers that leave nothing',
    from(
      issue(constrained({ permitted: [{ dns: 'example.org' }] }), {
        cn: 'Low',
        ca: true,
        nameConstraints: { permitted: [{ dns: 'example.net' }] },
      }),
    ),
    ['unknown-issuer'],
  ),
  asked(
    '38: constraints on the server’s own certificate',
    leaf({ nameConstraints: { permitted: [{ dns: 'example.org' }] } }),
    ['wrong-usage'],
  ),
  asked(
    '38: an unknown critical extension with content',
    leaf({ extensions: [{ oid: '2.5.29.9999', critical: true, value: text(0x0c, 'x') }] }),
    ['wrong-usage'],
  ),
  asked(
    '38: a critical poison (RFC 6962)',
    leaf({ extensions: [{ oid: '1.3.6.1.4.1.11129.2.4.3', critical: true, value: der(0x05) }] }),
    ['wrong-usage'],
  ),
  asked(
    '38: the names twice',
    leaf({ extensions: [{ oid: '2.5.29.17', value: der(0x30, text(0x82, 'a.example')) }] }),
    ['name-mismatch', 'wrong-usage'],
  ),
  asked(
    '38: the purposes twice',
    leaf({ extensions: [{ oid: '2.5.29.37', value: der(0x30, oid('2b06010505070302')) }] }),
    ['wrong-usage'],
  ),
  asked(
    '38: basic constraints that cannot be read',
    leaf({ extensions: [{ oid: '2.5.29.15', critical: true, value: Buffer.from('junk') }], keyUsage: null }),
    ['wrong-usage'],
  ),
  asked(
    '38: names in a length that is not the shortest',
    leaf({
      cn: host,
      names: [],
      extensions: [
        {
          oid: '2.5.29.17',
          value: Buffer.concat([Buffer.from([0x30, 0x81, host.length + 2, 0x82, host.length]), Buffer.from(host)]),
        },
      ],
    }),
    ['name-mismatch', 'wrong-usage'],
  ),
  asked(
    '38: names without a definite length',
    leaf({
      cn: host,
      names: [],
      extensions: [
        {
          oid: '2.5.29.17',
          value: Buffer.concat([Buffer.from([0x30, 0x80, 0x82, host.length]), Buffer.from(host), Buffer.from([0, 0])]),
        },
      ],
    }),
    ['name-mismatch', 'wrong-usage'],
  ),
  asked(
    '38: bytes behind the names',
    leaf({
      cn: host,
      names: [],
      extensions: [{ oid: '2.5.29.17', value: Buffer.concat([der(0x30, text(0x82, host)), Buffer.from([5, 0])]) }],
    }),
    ['name-mismatch', 'wrong-usage'],
  ),
  asked(
    '38: names in a form that does not exist',
    leaf({ cn: host, names: [], extensions: [{ oid: '2.5.29.17', value: der(0x30, text(0x8a, host)) }] }),
    ['name-mismatch', 'wrong-usage'],
  ),
  asked(
    '38: a name in pieces',
    leaf({ cn: host, names: [], extensions: [{ oid: '2.5.29.17', value: der(0x30, der(0xa2, text(0x16, host))) }] }),
    ['name-mismatch', 'wrong-usage'],
  ),
  asked('38: a negative serial number', leaf({ serial: Buffer.from([0x80, 1]) }), ['wrong-usage']),
  asked('38: a serial number of 65 bytes', leaf({ serial: Buffer.alloc(65, 0x11) }), ['wrong-usage']),
];

const weak: Case[] = [
  final('39: SHA-1, self-signed', selfSigned({ names: [host], hash: 'sha1' })),
  final('39: 1024 bits, self-signed', selfSigned({ names: [host], key: 'rsa1024' })),
  final(
    '39: 1024 bits, expired and for another host',
    leaf({ key: 'rsa1024', names: ['a.example'], notAfter: new Date(Date.now() - day) }),
  ),
  final('39: a strong leaf below an issuer with 224 bits', from(inner({ key: 'ec224' }))),
  final('39: two issuers up, SHA-1', from(issue(inner({ hash: 'sha1' }), { cn: 'Low', ca: true }))),
  final('39: a stranger’s SHA-1', issue(stranger, { names: [host], hash: 'sha1' })),
];

const all = [...names, ...addresses, ...idn, ...chains, ...weak];
let stage: Stage;
beforeAll(async () => {
  stage = await openStage(all);
});

test.each(all.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  await expectRefused(stage, one, one.required);
  if (one.problems === null) return;
  const { account } = stage.on(one);
  const { tables } = await stage.snapshot();
  const question = Object.values(tables.questions).find((other: CertificateQuestion) => other.account === account);
  expect(question?.problems).toEqual(one.problems);
  expect(question?.offers).toEqual(['reject', 'once', 'always']);
});

test('64: nothing is left open behind all of this', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(12);
});
