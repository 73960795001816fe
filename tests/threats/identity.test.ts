/** Someone on the connection's path, or a careless server, presents what does not prove its identity. */
import { beforeAll, describe, expect, test } from 'vitest';
import { connectCore } from '../../main/http/client.ts';
import type { CertificateProblem, CertificateQuestion } from '../../proxy/contract/index.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { honestHalf } from '../support/honest-half.ts';
import { mailAndNews } from '../support/line-protocols.ts';
import {
  type CertificateOptions,
  createAuthority,
  der,
  type Identity,
  issue,
  keyPair,
  selfSigned,
} from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { residentBytes } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { expectNothingLost, expectRefused, gone, type Required } from './refusal.ts';
import {
  authority,
  expectHonest,
  honest,
  mark,
  openStage,
  password,
  protocolOf,
  type Scene,
  type Stage,
  socketsBesideListeners,
  toldAtGreeting,
  user,
  welcome,
} from './stage.ts';
import { swapCertificate } from './tls12-swap.ts';

const day = 86_400_000;
const hour = 3_600_000;
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);

interface Case extends Scene {
  required: Required;
  problems: CertificateProblem[];
}

/** A server of ours that presents this, and the problems that the question has to list. */
function asked(name: string, identity: Identity, problems: CertificateProblem[], server = 'mail.example.org'): Case {
  return {
    name,
    upstream: { protocol: protocolOf(name, 'imap'), tls: 'implicit', identity },
    relay: { server },
    required: { reason: 'certificate-undecided', approvable: true },
    problems,
  };
}

/**
 * The same for what nobody can approve.
 *
 * @param tookNoPart the server breaks off before it begins, because its key fits nothing that is offered
 */
function final(
  name: string,
  identity: Identity,
  reason: Required['reason'] = 'certificate-rejected',
  tookNoPart = false,
): Case {
  return {
    name,
    upstream: {
      protocol: protocolOf(name, 'pop3'),
      tls: 'implicit',
      identity,
      tlsOptions: { ciphers: 'ALL:@SECLEVEL=0' },
    },
    relay: { server: 'mail.example.org' },
    required: { reason, tookNoPart },
    problems: [],
  };
}

const names = ['mail.example.org'];
const leaf = (options: CertificateOptions = {}) => issue(authority, { names, ...options });
const intermediate = issue(authority, { cn: 'Intermediate', ca: true });
const stranger = createAuthority();
/** Only RSA keys sign with MD5. Trusted by the product of these tests. */
const rsaAuthority = createAuthority({ key: 'rsa2048' });
const alone = (identity: Identity): Identity => ({ ...identity, chainPem: identity.certPem });
const unknownExtension = { oid: '1.3.6.1.4.1.99999.1', critical: true, value: der(0x05) };

const strangers: Case[] = [
  asked('33: self-signed', selfSigned({ names }), ['self-signed']),
  asked('33: self-signed by an authority of the same name', selfSigned({ names, ca: true }), ['self-signed']),
  asked('33: an unknown authority, nntp', issue(stranger, { names }), ['unknown-issuer']),
  asked(
    '33: an authority that copies the name of a known one',
    issue(createAuthority({ cn: commonName(authority) }), { names }),
    ['unknown-issuer'],
  ),
  asked('33: the intermediate is missing', alone(issue(intermediate, { names })), ['unknown-issuer']),
  asked('33: a signature that does not verify', leaf({ breakSignature: true }), ['unknown-issuer']),
  asked('34: expired a second ago', leaf({ notBefore: ago(day), notAfter: ago(1000) }), ['expired']),
  asked('34: expired a year ago, nntp', leaf({ notBefore: ago(400 * day), notAfter: ago(365 * day) }), ['expired']),
  asked('34: not yet valid, nntp', leaf({ notBefore: ago(-hour) }), ['not-yet-valid']),
  asked(
    '34: the intermediate has expired',
    issue(issue(authority, { cn: 'Old', ca: true, notBefore: ago(2 * day), notAfter: ago(day) }), { names }),
    ['expired'],
  ),
  asked(
    '34: expired, another name and self-signed, all at once',
    selfSigned({ names: ['other.example.org'], notBefore: ago(2 * day), notAfter: ago(day) }),
    ['expired', 'name-mismatch', 'self-signed'],
  ),
];

const wrongNames: Case[] = (
  [
    ['another host', { names: ['other.example.org'] }],
    ['a part of the name', { names: ['ail.example.org'] }],
    ['the name and more', { names: ['mail.example.org.evil.example'] }],
    ['the common name alone', { cn: 'mail.example.org', names: [] }],
    ['the right common name and another alternative name', { cn: 'mail.example.org', names: ['other.example.org'] }],
    ['ma*.example.org', { names: ['ma*.example.org'] }],
    ['*il.example.org', { names: ['*il.example.org'] }],
    ['m*l.example.org', { names: ['m*l.example.org'] }],
    ['mail.*.org', { names: ['mail.*.org'] }],
    ['*.*.org', { names: ['*.*.org'] }],
    ['*', { names: ['*'] }],
    ['*.org', { names: ['*.org'] }],
    ['**.example.org', { names: ['**.example.org'] }],
    ['a NUL in the name', { names: ['mail.example.org\0.evil.example'] }],
    ['a blank behind the name', { names: ['mail.example.org '] }],
    ['the name in a URI', { names: [], otherNames: [{ uri: 'imap://mail.example.org' }] }],
    ['the name in an e-mail address', { names: [], otherNames: [{ email: 'mail.example.org' }] }],
  ] as [string, CertificateOptions][]
).map(([what, options]) => asked(`35: ${what}`, leaf(options), ['name-mismatch']));
// RFC 5280 §4.1.2.6: no authority may issue a certificate without any name.
wrongNames.push(asked('35: no name at all', leaf({ cn: null, names: [] }), ['name-mismatch', 'wrong-usage']));
const wrongWildcards: Case[] = [
  asked(
    '35: *.example.org for a.b.example.org, nntp',
    leaf({ names: ['*.example.org'] }),
    ['name-mismatch'],
    'a.b.example.org',
  ),
  asked('35: *.example.org for the apex', leaf({ names: ['*.example.org'] }), ['name-mismatch'], 'example.org'),
  asked('35: *.com for example.com', leaf({ names: ['*.com'] }), ['name-mismatch'], 'example.com'),
  asked(
    '35: *.example.org for .example.org',
    leaf({ names: ['*.example.org'] }),
    ['name-mismatch'],
    'xn--a.b.example.org',
  ),
];
const addresses: Case[] = [
  asked('36: an address as dNSName', leaf({ names: ['127.0.0.1'] }), ['name-mismatch'], '127.0.0.1'),
  asked('36: an address as common name, nntp', leaf({ cn: '127.0.0.1', names: [] }), ['name-mismatch'], '127.0.0.1'),
  asked('36: *.0.0.1', leaf({ names: ['*.0.0.1'] }), ['name-mismatch'], '127.0.0.1'),
  asked('36: another address', leaf({ names: [], ips: ['127.0.0.2'] }), ['name-mismatch'], '127.0.0.1'),
  asked('36: an address of IPv6 as dNSName', leaf({ names: ['::1'] }), ['name-mismatch'], '::1'),
];
const idn: Case[] = [
  asked(
    '37: another internationalised host, nntp',
    leaf({ names: ['xn--bcher-kva.example'] }),
    ['name-mismatch'],
    'büher.example',
  ),
  asked('37: the host in eight-bit letters', leaf({ names: ['bücher.example'] }), ['name-mismatch'], 'bücher.example'),
];
const noAuthority = issue(authority, { cn: 'No authority', ca: false });
const usages: Case[] = [
  asked('38: for clients alone, nntp', leaf({ eku: ['clientAuth'] }), ['wrong-usage']),
  asked('38: for e-mail signatures', leaf({ eku: ['emailProtection'] }), ['wrong-usage']),
  asked('38: issued by what is no authority', issue(noAuthority, { names }), ['unknown-issuer']),
  asked(
    '38: deeper than the path length allows',
    issue(issue(issue(authority, { cn: 'One', ca: true, pathLength: 0 }), { cn: 'Two', ca: true }), { names }),
    ['unknown-issuer'],
  ),
  asked(
    '38: outside the name constraints',
    issue(issue(authority, { cn: 'C', ca: true, nameConstraints: { permitted: [{ dns: 'example.net' }] } }), { names }),
    ['unknown-issuer'],
  ),
  asked(
    '38: excluded by the name constraints',
    issue(issue(authority, { cn: 'C', ca: true, nameConstraints: { excluded: [{ dns: 'example.org' }] } }), { names }),
    ['unknown-issuer'],
  ),
  asked('38: an unknown critical extension', leaf({ extensions: [unknownExtension] }), ['wrong-usage']),
  asked(
    '38: an unknown critical extension of the issuer',
    issue(issue(authority, { cn: 'X', ca: true, extensions: [unknownExtension] }), { names }),
    ['unknown-issuer'],
  ),
];

const weak: Case[] = [
  final('39: an MD5 signature', issue(rsaAuthority, { names, hash: 'md5' })),
  final('39: a SHA-1 signature, nntp', leaf({ hash: 'sha1' })),
  final('39: RSA with 1024 bits', leaf({ key: 'rsa1024' })),
  final('39: RSA with 2047 bits', leaf({ key: 'rsa2047' })),
  final('39: an elliptic curve of 224 bits', leaf({ key: 'ec224' }), ['certificate-rejected', 'weak-cipher'], true),
  final('39: DSA', leaf({ key: 'dsa' }), ['certificate-rejected', 'weak-cipher'], true),
  final(
    '39: an intermediate with 1024 bits',
    issue(issue(authority, { cn: 'Weak', ca: true, key: 'rsa1024' }), { names }),
  ),
  final(
    '39: an intermediate signed with SHA-1',
    issue(issue(authority, { cn: 'Weak', ca: true, hash: 'sha1' }), { names }),
  ),
];

function commonName({ x509 }: Identity): string {
  return /CN=(.*)/.exec(x509.subject)?.[1] ?? '';
}

const good: [string, Identity, string][] = [
  ['honest: 33: an intermediate that is presented', issue(intermediate, { names }), 'mail.example.org'],
  ['honest: 33 and 34: an intermediate that is presented, nntp', issue(intermediate, { names }), 'mail.example.org'],
  [
    'honest: 34: a minute before and an hour after',
    leaf({ notBefore: ago(60_000), notAfter: ago(-hour) }),
    'mail.example.org',
  ],
  ['honest: 35: the name itself', leaf(), 'mail.example.org'],
  ['honest: 35: in other letters, nntp', leaf({ names: ['MAIL.Example.ORG'] }), 'Mail.example.org'],
  ['honest: 35: a wildcard for one label', leaf({ names: ['*.example.org'] }), 'mail.example.org'],
  ['honest: 35: one of many', leaf({ names: ['a.example', 'b.example', 'mail.example.org'] }), 'mail.example.org'],
  ['honest: 36: an iPAddress', leaf({ names: [], ips: ['127.0.0.1'] }), '127.0.0.1'],
  ['honest: 36: an iPAddress, nntp', leaf({ names: [], ips: ['127.0.0.1'] }), '127.0.0.1'],
  ['honest: 37: A-labels for an internationalised host', leaf({ names: ['xn--bcher-kva.example'] }), 'bücher.example'],
  [
    'honest: 37: A-labels in the configuration, nntp',
    leaf({ names: ['xn--bcher-kva.example'] }),
    'xn--bcher-kva.example',
  ],
  ['honest: 38: for servers and clients, nntp', leaf({ eku: ['serverAuth', 'clientAuth'] }), 'mail.example.org'],
  [
    'honest: 38: inside the name constraints',
    issue(issue(authority, { cn: 'C', ca: true, nameConstraints: { permitted: [{ dns: 'example.org' }] } }), { names }),
    'mail.example.org',
  ],
  ['honest: 39: RSA with 2048 bits', leaf({ key: 'rsa2048' }), 'mail.example.org'],
  ['honest: 39: Ed25519, nntp', leaf({ key: 'ed25519' }), 'mail.example.org'],
];
const honestScenes = good.map(
  ([name, identity, server]): Scene => ({
    name: `${name} is in order`,
    upstream: { protocol: protocolOf(name, 'smtp'), tls: 'implicit', identity },
    relay: { server },
  }),
);

const cases = [...strangers, ...wrongNames, ...wrongWildcards, ...addresses, ...idn, ...usages];

const changing = (name: string, identity: Identity = honest, protocol: MailOrNews = 'pop3'): Scene => ({
  name,
  upstream: { protocol, tls: 'implicit', identity },
});
type MailOrNews = (typeof mailAndNews)[number];
/** The same for news as for mail, each with a server of its own. */
const inBoth = (name: string, identity?: Identity) =>
  Object.fromEntries(
    mailAndNews.map((protocol) => [protocol, changing(`${name}, ${protocol}`, identity, protocol)]),
  ) as Record<MailOrNews, Scene>;
const original = selfSigned({ names: ['localhost'] });
const replaced = inBoth('41: replaced', original);
const wentBack = changing('41: went back', original);
const renewedKey = keyPair();
const renewed = changing('41: renewed', selfSigned({ names: ['localhost'], key: renewedKey }));
const verifiedThen = inBoth('44: verified, then a stranger');
const expiringKey = keyPair();
const verifiedThenReplaced = inBoth('44: verified, then replaced');
const verifiedThenExpired = changing(
  '44: verified, then expired',
  issue(authority, { names: ['localhost'], key: expiringKey }),
);
const weakRoot = createAuthority();
const chainKey = keyPair();
const strongLink = issue(weakRoot, { cn: 'Link', ca: true, key: chainKey });
const weakLink = issue(weakRoot, { cn: 'Link', ca: true, key: chainKey, hash: 'sha1' });
const linked = issue(strongLink, { names: ['localhost'] });
const newProblem = inBoth('48: a new problem on an approved certificate', linked);
const forgotten = inBoth('47: forgotten', selfSigned({ names: ['localhost'] }));
const flood = inBoth('46: a new certificate each time', selfSigned({ names: ['localhost'] }));
const bystander = inBoth('46: a server that verifies');
const crowd = changing('46: the same certificate for many', selfSigned({ names: ['localhost'] }));

const evil = `${mark}<img src=x onerror=alert(1)>\u202E\u001b[31m\u0007\u0000\r\nREFUSED: no\u2066`;
const shown: Scene[] = [
  changing(
    '49: markup, bidi, ANSI and line ends in a subject',
    selfSigned({ cn: evil, names: ['localhost', `${mark}<b>.example`] }),
  ),
  changing('49: ten thousand names', selfSigned({ names: Array.from({ length: 5000 }, (_, n) => `${n}.${mark}`) })),
  changing('49: markup and line ends in a subject, nntp', selfSigned({ cn: evil, names: ['localhost'] }), 'nntp'),
  changing('49: a subject of 50,000 letters', selfSigned({ cn: mark.repeat(6000), names: ['localhost'] })),
];

const organisation = 'Bücher & Söhne “Nord” (Łódź, 東京), Καφές, בית';
const plainlyNamed = inBoth(
  '49: plain words',
  selfSigned({
    attributes: [['2.5.4.10', organisation]],
    cn: 'mail.example.org',
    names: ['localhost', '*.example.org'],
  }),
);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(
    [
      ...cases,
      ...weak,
      ...honestScenes,
      ...[replaced, verifiedThen, verifiedThenReplaced, newProblem, forgotten, flood, bystander, plainlyNamed].flatMap(
        (both) => Object.values(both),
      ),
      wentBack,
      renewed,
      verifiedThenExpired,
      crowd,
      ...shown,
    ],
    {},
    { certificateAuthorities: [rsaAuthority] },
  );
});

const questionOf = async (scene: Scene, on = stage): Promise<CertificateQuestion | undefined> => {
  const { account } = on.on(scene);
  const { tables } = await on.snapshot();
  return Object.values(tables.questions).findLast((question) => question.account === account);
};
const decisionsOf = async (scene: Scene, on = stage) => {
  const { account } = on.on(scene);
  return Object.values((await on.snapshot()).tables.decisions).filter((decision) => decision.account === account);
};
/** From now on the server presents this. */
function present(upstream: FakeUpstream, identity: Identity): void {
  for (const { options } of upstream.connections) options.identity = identity;
}
async function greeting(scene: Scene, on = stage): Promise<string> {
  const client = await RawClient.connect(on.on(scene).port);
  const line = await client.line();
  client.finish();
  await client.ended;
  return line;
}
const refusal = new RegExp(mailAndNews.map((protocol) => toldAtGreeting[protocol].source).join('|'));
const welcomed = new RegExp(mailAndNews.map((protocol) => welcome[protocol].source).join('|'));

test.each(cases.map((one) => [one.name, one] as const))('%s: asked about', async (_name, one) => {
  await expectRefused(stage, one, one.required);
  const question = await questionOf(one);
  expect(question?.problems).toEqual(one.problems);
  expect(question?.details.map(({ problem }) => problem)).toEqual(expect.arrayContaining(one.problems));
  expect(question?.offers).toEqual(['reject', 'once', 'always']);
});

test.each(weak.map((one) => [one.name, one] as const))('%s: nobody can approve it', (_name, one) =>
  expectRefused(stage, one, one.required),
);

test.each(honestScenes.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const client = await expectHonest(stage, one);
  const { relay } = stage.on(one);
  expect(await stage.postern.event('session-verified', (event) => event.relay === relay)).toMatchObject({
    trust: 'verified',
  });
  expect(await questionOf(one)).toBeUndefined();
  client.finish();
});

describe('40: the right certificate and another key', () => {
  test.each(mailAndNews)(
    'a man in the middle who shows it is refused, and so is what he changed with the right key behind it, %s',
    async (protocol) => {
      const own = selfSigned({ names: ['localhost'] });
      const tlsOptions = { maxVersion: 'TLSv1.2' } as const;
      const shownByHim: [string, Identity, Buffer[]][] = [
        ['another key', own, [honest.der, authority.der]],
        ['its key, behind a longer list', honest, [honest.der, authority.der]],
        ['its key, and nothing changed', honest, [honest.der]],
      ];
      const scenes = await Promise.all(
        shownByHim.map(async ([what, identity, list]): Promise<Case> => {
          const upstream = { protocol, tls: 'implicit', identity, tlsOptions } as const;
          const server = await startFakeUpstream({ ...upstream, users: { [user]: password } });
          const { port } = await swapCertificate(server.port, list);
          return {
            name: `40: ${what}`,
            upstream,
            relay: { port },
            required: { reason: 'tls-handshake-failed' },
            problems: [],
          };
        }),
      );
      const [thief, owner, untouched] = scenes as [Case, Case, Case];
      const middle = await openStage(scenes);
      await expectRefused(middle, thief, thief.required);
      // Even if he has the key, the change to the TLS 1.2 handshake shows: the list was made longer.
      await expectRefused(middle, owner, { reason: ['tls-handshake-failed', 'upstream-closed'] });
      await honestHalf('honest: 40: the server itself, with its key, over the same man in the middle', async () => {
        (await expectHonest(middle, untouched)).finish();
      });
      await middle.stop();
    },
  );
});

test.each(mailAndNews)('41: an approved certificate that is replaced is asked about again, %s', async (protocol) => {
  const scene = replaced[protocol];
  expect(await greeting(scene)).toMatch(refusal);
  const first = await questionOf(scene);
  await stage.core.command('approve', { id: first?.id ?? '', remember: 'always' });
  expect(await greeting(scene)).toMatch(welcomed);
  const { relay, upstream } = stage.on(scene);
  const verified = await stage.postern.event('session-verified', (event) => event.relay === relay);
  expect(verified).toMatchObject({ trust: 'trusted-by-you', fingerprint: first?.certificate.fingerprint });

  present(upstream, selfSigned({ names: ['localhost'] }));
  expect(await greeting(scene)).toMatch(refusal);
  const second = await questionOf(scene);
  expect(second?.id).not.toBe(first?.id);
  expect(second?.problems).toEqual(['self-signed', 'changed']);
  expect(second?.history).toMatchObject({ kind: 'changed', previous: { fingerprint: first?.certificate.fingerprint } });
  // No silent update: the decision is still about the certificate that was approved.
  expect((await decisionsOf(scene)).map(({ certificate }) => certificate.fingerprint)).toEqual([
    first?.certificate.fingerprint,
  ]);
  const last = upstream.connections.at(-1);
  if (!last) throw new Error('no connection');
  expectNothingLost(last, scene.upstream);

  await honestHalf('honest: 41: the one that was approved is back, and is let in', async () => {
    present(upstream, original);
    expect(await greeting(scene)).toMatch(welcomed);
  });
});

test('41: an approved certificate that was replaced with consent is back: asked about again', async () => {
  expect(await greeting(wentBack)).toMatch(refusal);
  const first = await questionOf(wentBack);
  await stage.core.command('approve', { id: first?.id ?? '', remember: 'always' });
  const { upstream } = stage.on(wentBack);
  present(upstream, selfSigned({ names: ['localhost'] }));
  expect(await greeting(wentBack)).toMatch(refusal);
  const second = await questionOf(wentBack);
  await stage.core.command('approve', { id: second?.id ?? '', remember: 'always' });
  await honestHalf('honest: 41: the new one is let in', async () => {
    expect(await greeting(wentBack)).toMatch(welcomed);
  });
  present(upstream, original);
  expect(await greeting(wentBack)).toMatch(refusal);
  expect(await questionOf(wentBack)).toMatchObject({
    id: first?.id,
    problems: ['self-signed', 'changed'],
    history: { kind: 'changed', previous: { fingerprint: second?.certificate.fingerprint } },
  });
  const last = upstream.connections.at(-1);
  if (!last) throw new Error('no connection');
  expectNothingLost(last, wentBack.upstream);
});

test('41: the same key with other dates is asked about as a renewal', async () => {
  expect(await greeting(renewed)).toMatch(refusal);
  await stage.core.command('approve', { id: (await questionOf(renewed))?.id ?? '', remember: 'always' });
  present(stage.on(renewed).upstream, selfSigned({ names: ['localhost'], key: renewedKey, notAfter: ago(-900 * day) }));
  expect(await greeting(renewed)).toMatch(refusal);
  expect(await questionOf(renewed)).toMatchObject({
    problems: ['self-signed'],
    history: { kind: 'renewed' },
    offers: ['reject', 'once', 'always'],
  });
});

test.each(mailAndNews)('42: a decision does not count for another account, host or port, %s', async (protocol) => {
  const identity = selfSigned({ names: ['localhost', 'mail.example.org'] });
  const one = await startFakeUpstream({ protocol, tls: 'implicit', identity });
  const two = await startFakeUpstream({ protocol, tls: 'implicit', identity });
  const relay = { protocol, tls: 'implicit', address: '127.0.0.1', listen: '127.0.0.1:0' } as const;
  const postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        {
          name: 'One',
          relays: [
            { ...relay, name: 'here', server: 'localhost', port: one.port },
            { ...relay, name: 'beside', server: 'localhost', port: one.port },
            { ...relay, name: 'other host', server: 'mail.example.org', port: one.port },
            { ...relay, name: 'other port', server: 'localhost', port: two.port },
          ],
        },
        { name: 'Two', relays: [{ ...relay, name: 'other account', server: 'localhost', port: one.port }] },
      ],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  const greets = async (name: string) => {
    const client = await RawClient.connect(postern.port(name));
    const line = await client.line();
    client.finish();
    return line;
  };
  expect(await greets('here')).toMatch(refusal);
  const { id } = await postern.event('certificate-pending');
  const { code } = await postern.command('certificates', 'approve', id);
  expect(code).toBe(0);
  await honestHalf('honest: 42: it counts where it was made, and for the same server on another listener', async () => {
    expect(await greets('here')).toMatch(welcomed);
    expect(await greets('beside')).toMatch(welcomed);
  });
  for (const name of ['other host', 'other port', 'other account']) expect(await greets(name), name).toMatch(refusal);
  await postern.stop();
});

describe('while a mail program is held', () => {
  const swapped = inBoth('43: swapped meanwhile', selfSigned({ names: ['localhost'] }));
  const ignored = inBoth('45: ignored', selfSigned({ names: ['localhost'] }));
  let holding: Stage;
  beforeAll(async () => {
    holding = await openStage([...Object.values(swapped), ...Object.values(ignored)], {
      certificateDecisionSeconds: 120,
    });
  });
  const held = async (scene: Scene, number = 1) => {
    await until(async () => (await questionOf(scene, holding))?.waiting === number, 'the mail program is held');
    const question = await questionOf(scene, holding);
    if (!question) throw new Error('no question');
    return question;
  };

  test.each(mailAndNews)(
    '43: a certificate that is swapped between question and answer is not what was approved, %s',
    async (protocol) => {
      const scene = swapped[protocol];
      const { port, upstream, account } = holding.on(scene);
      const client = await RawClient.connect(port);
      const shownOne = await held(scene);
      const other = selfSigned({ names: ['localhost'] });
      present(upstream, other);
      await holding.core.command('approve', { id: shownOne.id, remember: 'always' });
      const pending = await holding.postern.event(
        'certificate-pending',
        (event) => event.account === account && event.id !== shownOne.id,
      );
      expect(pending.fingerprint).toBe(other.fingerprint);
      expect(pending.problems).toContain('changed');
      expect(client.received.length).toBe(0);
      for (const connection of upstream.connections) {
        await gone(connection);
        expectNothingLost(connection, scene.upstream);
      }
      await holding.core.command('reject', { id: pending.id });
      expect(await client.line()).toMatch(refusal);
      client.finish();
    },
  );

  test.each(mailAndNews)(
    'honest: 43: what was approved while it was shown lets the mail program in, %s',
    async (protocol) => {
      const { port, upstream } = holding.on(swapped[protocol]);
      const again = selfSigned({ names: ['localhost'] });
      present(upstream, again);
      const client = await RawClient.connect(port);
      const question = await held(swapped[protocol]);
      await holding.core.command('approve', { id: question.id, remember: 'once' });
      expect(await client.line()).toMatch(welcomed);
      client.finish();
    },
  );

  test('45: Postern quits over the question: told, and the question is there the next time', async () => {
    const waiting = await Promise.all(
      mailAndNews.map(async (protocol) => {
        const scene = ignored[protocol];
        const client = await RawClient.connect(holding.on(scene).port);
        return { client, question: await held(scene), relay: holding.on(scene).relay };
      }),
    );
    const { dataDirectory } = holding.postern;
    await holding.stop();
    for (const { client } of waiting) {
      expect(await client.line()).toMatch(refusal);
      client.finish();
    }
    const again = await startPostern({ dataDirectory });
    const core = await connectCore(dataDirectory);
    const first = await new Promise<CertificateQuestion[]>((resolve) => {
      const end = core.subscribe((message) => {
        if (message.kind !== 'snapshot') return;
        resolve(Object.values(message.snapshot.tables.questions));
        setImmediate(() => end());
      });
    });
    for (const { question } of waiting) {
      const { heldUntil: _, ...kept } = question;
      expect(first).toContainEqual({ ...kept, waiting: 0 });
    }
    await honestHalf('honest: 45: answered then, it lets the mail program in', async () => {
      for (const { question, relay } of waiting) {
        await core.command('approve', { id: question.id, remember: 'once' });
        const late = await RawClient.connect(again.port(relay));
        expect(await late.line()).toMatch(welcomed);
        late.finish();
      }
    });
    core.close();
    await again.stop();
  });
});

test.each(mailAndNews)(
  '44: a server that verified before and now shows a stranger: reject only, a sharp alert, %s',
  async (protocol) => {
    const scene = verifiedThen[protocol];
    expect(await greeting(scene)).toMatch(welcomed);
    const { upstream, relay } = stage.on(scene);
    present(upstream, selfSigned({ names: ['localhost'] }));
    expect(await greeting(scene)).toMatch(refusal);
    const question = await questionOf(scene);
    expect(question).toMatchObject({ offers: ['reject'], history: { kind: 'verified-then-failing' } });
    for (const remember of ['once', 'always'] as const) {
      expect(await stage.core.command('approve', { id: question?.id ?? '', remember })).toMatchObject({
        ok: false,
        failure: { code: 'not-offered' },
      });
    }
    expect(await greeting(scene)).toMatch(refusal);
    const { tables } = await stage.snapshot();
    expect(tables.relays[relay]?.lastRefusal?.message).toMatch(/verified before/);
    const server = Object.values(tables.servers).find(({ account }) => account === stage.on(scene).account);
    expect(await stage.core.command('forget', { id: server?.id ?? '' })).toMatchObject({ ok: true });
    expect((await questionOf(scene))?.offers).toEqual(['reject', 'once', 'always']);
  },
);

test('44: a server that verified before and has expired with its key: once, not always', async () => {
  expect(await greeting(verifiedThenExpired)).toMatch(welcomed);
  const { upstream } = stage.on(verifiedThenExpired);
  present(
    upstream,
    issue(authority, { names: ['localhost'], key: expiringKey, notBefore: ago(2 * day), notAfter: ago(day) }),
  );
  expect(await greeting(verifiedThenExpired)).toMatch(refusal);
  const question = await questionOf(verifiedThenExpired);
  expect(question).toMatchObject({
    problems: ['expired'],
    offers: ['reject', 'once'],
    history: { kind: 'verified-then-expired' },
  });
  expect(await stage.core.command('approve', { id: question?.id ?? '', remember: 'always' })).toMatchObject({
    ok: false,
    failure: { code: 'not-offered' },
  });
  expect(await stage.core.command('approve', { id: question?.id ?? '', remember: 'once' })).toMatchObject({ ok: true });
  expect(await greeting(verifiedThenExpired)).toMatch(welcomed);
});

test.each(mailAndNews)(
  'honest: 44: a server that verified before and shows another certificate that verifies is let in, unasked, %s',
  async (protocol) => {
    const scene = verifiedThenReplaced[protocol];
    expect(await greeting(scene)).toMatch(welcomed);
    const next = issue(authority, { names: ['localhost'] });
    present(stage.on(scene).upstream, next);
    const from = stage.postern.events.length;
    expect(await greeting(scene)).toMatch(welcomed);
    const { relay } = stage.on(scene);
    const verified = await stage.postern.event('session-verified', (event) => event.relay === relay, from);
    expect(verified).toMatchObject({ trust: 'verified', fingerprint: next.fingerprint });
    expect(await questionOf(scene)).toBeUndefined();
  },
);

test('46: a thousand different certificates fill their own share alone, and are counted', async () => {
  const floods = mailAndNews.map((protocol) => stage.on(flood[protocol]));
  const witness = await questionOf(cases[0] as Case);
  const before = await stage.snapshot();
  const memory = residentBytes(stage.pid);
  for (const { scene, upstream } of floods) {
    await greeting(scene);
    const [first] = upstream.connections;
    if (!first) throw new Error('no connection');
    Object.defineProperty(first.options, 'identity', { get: () => selfSigned({ names: ['localhost'] }) });
  }
  const each = 1000 / floods.length;
  const flooding = floods.flatMap(({ port }) => {
    let started = 1;
    return Array.from({ length: 5 }, async () => {
      while (started < each) {
        started += 1;
        const client = await RawClient.connect(port);
        expect(await client.line()).toMatch(refusal);
        client.finish();
        await client.ended;
      }
    });
  });
  const beside = honestHalf('honest: 46: a server that verifies is reached and signed in to meanwhile', async () => {
    for (const protocol of mailAndNews) (await expectHonest(stage, bystander[protocol])).finish();
  });
  await Promise.all([...flooding, beside]);
  const { tables } = await stage.snapshot();
  for (const { account, relay } of floods) {
    const here = Object.values(tables.questions).filter((question) => question.account === account);
    expect(here.length).toBe(10);
    expect(tables.relays[relay]?.refusalsTotal).toBe(each);
  }
  const dropped = (tables.core.core?.questionsDropped ?? 0) - (before.tables.core.core?.questionsDropped ?? 0);
  expect(dropped).toBe(floods.length * (each - 10));
  // A flood leaves the other questions untouched.
  expect(tables.questions[witness?.id ?? '']).toEqual(witness);
  expect(residentBytes(stage.pid) - memory).toBeLessThan(256 * 1024 * 1024);
});

test('46: fifty mail programs that meet one certificate are one question', async () => {
  const { port, account } = stage.on(crowd);
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      const client = await RawClient.connect(port);
      expect(await client.line()).toMatch(refusal);
      client.finish();
    }),
  );
  const { tables } = await stage.snapshot();
  const here = Object.values(tables.questions).filter((question) => question.account === account);
  expect(here).toMatchObject([{ timesMet: 50 }]);
  const told = stage.postern.events.filter((one) => one.event === 'certificate-pending' && one.account === account);
  expect(told.length).toBe(1);
});

test.each(mailAndNews)('47: a decision that is forgotten ends the sessions that rest on it, %s', async (protocol) => {
  const scene = forgotten[protocol];
  expect(await greeting(scene)).toMatch(refusal);
  const id = (await questionOf(scene))?.id ?? '';
  await stage.core.command('approve', { id, remember: 'always' });
  const client = await expectHonest(stage, scene);
  const fresh = await RawClient.connect(stage.on(scene).port);
  expect(await fresh.line()).toMatch(welcomed);
  const bystanding = await expectHonest(stage, bystander[protocol]);
  await stage.core.command('forget', { id });
  expect(await client.ended).toBe('reset');
  expect(await fresh.line()).toMatch(refusal);
  fresh.finish();
  const { relay } = stage.on(scene);
  expect(
    await stage.postern.event('session-closed', (one) => one.relay === relay && one.ending === 'decision-forgotten'),
  ).toBeTruthy();
  expect(await greeting(scene)).toMatch(refusal);
  await honestHalf('honest: 47: a session that does not rest on it goes on', async () => {
    expect(await bystanding.pop3(protocol === 'pop3' ? 'NOOP' : 'DATE')).toMatch(/^(?:\+OK|111)/);
    bystanding.finish();
  });
});

test.each(mailAndNews)('48: a new problem on an approved certificate is judged anew, %s', async (protocol) => {
  const scene = newProblem[protocol];
  expect(await greeting(scene)).toMatch(refusal);
  await stage.core.command('approve', { id: (await questionOf(scene))?.id ?? '', remember: 'always' });
  expect(await greeting(scene)).toMatch(welcomed);
  // The same certificate of the same server, with an issuer in its chain that anyone could have forged.
  present(stage.on(scene).upstream, { ...linked, chainPem: linked.certPem + weakLink.certPem });
  expect(await greeting(scene)).toMatch(refusal);
  const { relay } = stage.on(scene);
  expect((await stage.snapshot()).tables.relays[relay]?.lastRefusal?.reason).toBe('certificate-rejected');
  await honestHalf('honest: 48: with the issuer that was approved it is let in again', async () => {
    present(stage.on(scene).upstream, linked);
    expect(await greeting(scene)).toMatch(welcomed);
  });
});

describe('49: what a certificate says is inert and short wherever it is shown', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const active = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

  test.each(shown.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { port, relay, account } = stage.on(one);
    const client = await RawClient.connect(port);
    const heard = (await client.rest()).toString('latin1');
    client.finish();
    expect(heard.slice(0, -2)).toMatch(refusal);
    expect(heard).not.toContain(mark);
    const { tables } = await stage.snapshot();
    const question = Object.values(tables.questions).find((other) => other.account === account);
    expect(question).toBeDefined();
    const text = JSON.stringify(question);
    expect(text).not.toMatch(active);
    for (const value of [
      question?.certificate.subject,
      question?.certificate.issuer,
      ...(question?.certificate.names ?? []),
    ]) {
      expect(value).not.toMatch(active);
      expect(value).not.toMatch(/\n/);
      expect(value?.length).toBeLessThanOrEqual(500);
    }
    expect(question?.certificate.names.length).toBeLessThanOrEqual(100);
    expect(text.length).toBeLessThan(40_000);
    expect(JSON.stringify([tables.relays[relay], tables.activity])).not.toContain(mark);
  });

  test('honest: 49: plain words in any language, umlauts and signs are shown letter by letter', async () => {
    for (const protocol of mailAndNews) {
      expect(await greeting(plainlyNamed[protocol])).toMatch(refusal);
      const question = await questionOf(plainlyNamed[protocol]);
      expect(question?.certificate.subject).toBe(`O=${organisation}, CN=mail.example.org`);
      expect(question?.certificate.names).toEqual(['localhost', '*.example.org']);
    }
    const list = (await stage.postern.command('certificates', 'list')).stdout.toString();
    expect(list).toContain(organisation);
  });

  test('and on the command line', async () => {
    for (const words of [['certificates', 'list'], ['status']]) {
      const { code, stdout, stderr } = await stage.postern.command(...words);
      expect(code).toBe(0);
      expect(`${stdout}${stderr}`).not.toMatch(active);
    }
    const list = (await stage.postern.command('certificates', 'list')).stdout.toString();
    expect(list.length).toBeLessThan(200_000);
    expect(list).not.toMatch(/^REFUSED: no/m);
  });
});

test('nothing is left open behind all of this', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(12);
});
