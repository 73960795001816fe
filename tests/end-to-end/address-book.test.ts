import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Client } from 'ldapts';
import { beforeAll, describe, expect, test } from 'vitest';
import { readLdapHead } from '../../proxy/protocols/ldap-message.ts';
import { simpleBind, startTlsRequest } from '../../proxy/protocols/ldap-writer.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { honestHalf } from '../support/honest-half.ts';
import { bound, done, extended, search } from '../support/ldap-words.ts';
import { needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { directoryTop, personDn, type Slapd, startSlapd } from '../support/slapd.ts';

// The address book through the built product, from a real OpenLDAP server, with programs that use no TLS.

const serverName = 'ldap.example.test';
const alice = { uid: 'alice', password: 'pass word' };
const photo = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) % 251));
const routes = ['implicit', 'starttls'] as const;
let slapd: Slapd;
let postern: Postern;
let tap: Tap;

beforeAll(async () => {
  const identity = issue(createAuthority(), { names: [serverName] });
  slapd = await startSlapd({
    identity,
    people: [alice, { uid: 'photo', photo }, ...Array.from({ length: 500 }, (_, at) => ({ uid: `u${at}` }))],
    referrals: [`ldap://127.0.0.1:9/ou=elsewhere,${directoryTop}`],
    config: [
      ...['allow bind_anon_cred', 'sasl-secprops none', 'password-hash {CLEARTEXT}'],
      `authz-regexp uid=([^,]*),cn=[^,]*,cn=auth ${personDn('$1')}`,
    ],
  });
  tap = await startTap(slapd.ports.ldap);
  const relay = (name: string, tls: 'implicit' | 'starttls', more = {}) => ({
    ...{ name, protocol: 'ldap' as const, tls, listen: '127.0.0.1:0', server: serverName, address: '127.0.0.1' },
    port: tls === 'implicit' ? slapd.ports.ldaps : slapd.ports.ldap,
    ...more,
  });
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        {
          name: 'Book',
          relays: [...routes.map((tls) => relay(tls, tls)), relay('refusing', 'implicit', { referrals: 'refuse' })],
        },
        { name: 'Tapped', relays: [relay('tapped', 'starttls', { port: tap.port })] },
        { name: 'Away', relays: [relay('away', 'implicit', { address: '127.77.53.1' })] },
        { name: 'Kept', signIn: { kind: 'stored', user: personDn('alice') }, relays: [relay('kept', 'starttls')] },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
    },
  });
});

/** OpenLDAP's own client. */
function ldapsearch(port: number, ...words: string[]) {
  const place = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-b', directoryTop, '-LLL', '-o', 'nettimeout=30'];
  return runProgram(needProgram('ldapsearch'), [...place, ...words]);
}
const asAlice = (password = alice.password) => ['-D', personDn('alice'), '-w', password];

/** The continuation reference that the directory itself sends with everything below its top. */
const reference = /^# refldap:.*\n\n?/gm;

describe.each(routes)('%s', (tls) => {
  test('five hundred people are found, as they are at the server, signed in or not', async () => {
    const { stdout } = await ldapsearch(slapd.ports.ldap, '(objectClass=inetOrgPerson)');
    const direct = stdout.toString();
    expect(direct.match(/^dn: /gm)).toHaveLength(502);
    expect(direct.match(reference)).toHaveLength(1);
    for (const who of [[], asAlice()]) {
      const found = await ldapsearch(postern.port(tls), ...who, '(objectClass=inetOrgPerson)');
      expect(found.code).toBe(0);
      expect(found.stdout.toString()).toBe(direct.replace(reference, ''));
    }
  });

  test('a wrong password is the server’s to refuse, and is stated as one', async () => {
    const from = postern.events.length;
    const { code, stderr } = await ldapsearch(postern.port(tls), ...asAlice('wrong'), '(uid=alice)');
    expect([code, stderr.toString()]).toEqual([49, expect.stringMatching(/Invalid credentials/)]);
    const refused = await postern.event('refused', ({ relay }) => relay === tls, from);
    expect(refused).toMatchObject({ reason: 'upstream-sign-in-failed', code: 'wrong-password' });
  });

  test('the program’s own request for TLS is declined, and what it asks without it is answered', async () => {
    const must = await ldapsearch(postern.port(tls), '-ZZ', '(uid=alice)');
    expect([must.code, must.stderr.toString()]).toEqual([1, expect.stringMatching(/Postern: not needed here/)]);
    const may = await ldapsearch(postern.port(tls), '-Z', ...asAlice(), '(uid=alice)', 'mail');
    expect([may.code, may.stdout.toString()]).toEqual([0, expect.stringMatching(/^mail: alice@example\.test$/m)]);
  });

  test.each(['SCRAM-SHA-1', 'SCRAM-SHA-256', 'PLAIN', 'CRAM-MD5'])(
    'a mechanism of Cyrus SASL’s, %s, signs in, step by step; a wrong password is the server’s to refuse',
    async (mechanism) => {
      const whoAmI = (password: string) =>
        runProgram(needProgram('ldapwhoami'), [
          ...[
            '-H',
            `ldap://127.0.0.1:${postern.port(tls)}`,
            '-Y',
            mechanism,
            '-O',
            'none',
            '-U',
            'alice',
            '-w',
            password,
          ],
        ]);
      const right = await whoAmI(alice.password);
      expect([right.code, right.stdout.toString().trim(), right.stderr.toString()]).toEqual([
        0,
        `dn:${personDn('alice')}`,
        expect.stringMatching(/SASL SSF: 0/),
      ]);
      expect((await whoAmI('wrong')).code).toBe(49);
    },
  );

  test('a way of signing in that would hide what follows is declined', async () => {
    const words = ['-Y', 'DIGEST-MD5', '-U', 'alice', '-w', alice.password, '(uid=alice)'];
    const place = ['-H', `ldap://127.0.0.1:${postern.port(tls)}`, '-b', directoryTop];
    const { code, stderr } = await runProgram(needProgram('ldapsearch'), [...place, ...words]);
    expect([code, stderr.toString()]).toEqual([7, expect.stringMatching(/Postern: this way of signing in/)]);
  });
});

test('where the person wants it, a referral to a server without TLS ends the session, and says why', async () => {
  const from = postern.events.length;
  const { code, stdout } = await ldapsearch(postern.port('refusing'), ...asAlice(), '(uid=alice)');
  expect(code).not.toBe(0);
  expect(stdout.toString()).not.toContain('refldap');
  const refused = await postern.event('refused', ({ relay }) => relay === 'refusing', from);
  expect(refused).toMatchObject({ reason: 'referral-to-plaintext', code: 'plaintext-referral' });
  // What has none is answered.
  const base = await ldapsearch(postern.port('refusing'), ...asAlice(), '-s', 'base', '(objectClass=*)', 'o');
  expect([base.code, base.stdout.toString()]).toEqual([0, expect.stringMatching(/^o: Example$/m)]);
});

test('a referral that is all the answer becomes a "no" in our words, which is stated once', async () => {
  const from = postern.events.length;
  const words = ['-s', 'base', '-b', `ou=elsewhere,${directoryTop}`, '(objectClass=*)'];
  const { code, stderr } = await ldapsearch(postern.port('implicit'), ...words);
  expect([code, stderr.toString()]).toEqual([53, expect.stringMatching(/Postern: the server refers to another/)]);
  expect(stderr.toString()).not.toContain('ldap://');
  const refused = await postern.event('refused', ({ relay }) => relay === 'implicit', from);
  expect(refused).toMatchObject({ reason: 'referral-to-plaintext' });
});

test('an old program’s LDAPv2 is passed on, and the server’s "no" explained', async () => {
  const from = postern.events.length;
  const { code, stderr } = await ldapsearch(postern.port('starttls'), '-P', '2', ...asAlice(), '(uid=alice)');
  expect([code, stderr.toString()]).toEqual([2, expect.stringMatching(/version/)]);
  const refused = await postern.event('refused', ({ relay }) => relay === 'starttls', from);
  expect(refused).toMatchObject({ reason: 'upstream-sign-in-failed', code: 'ldap-version-refused' });
});

test('a server that cannot be reached is said in the answer to the program’s own request', async () => {
  const { code, stderr } = await ldapsearch(postern.port('away'), ...asAlice(), '(uid=alice)');
  expect([code, stderr.toString()]).toEqual([52, expect.stringMatching(/Postern: .*nothing accepts connections/)]);
});

test('99, 100: Postern signs in: the program has the local password, and nothing can be read before', async () => {
  const stored = await postern.commandWith(`${alice.password}\n`, 'accounts', 'sign-in', 'Kept', '--password-stdin');
  expect([stored.code, stored.stderr]).toEqual([0, '']);
  const local = (await postern.command('accounts', 'local-password', 'Kept', '--json')).stdout.toString();
  const { password } = JSON.parse(local) as { password: string };
  const port = postern.port('kept');
  const anonymous = await ldapsearch(port, '(uid=alice)');
  expect([anonymous.code, anonymous.stderr.toString()]).toEqual([48, expect.stringMatching(/local password/)]);
  const wrong = await ldapsearch(port, ...asAlice(), '(uid=alice)');
  expect([wrong.code, wrong.stderr.toString()]).toEqual([49, expect.stringMatching(/Postern: wrong local password/)]);
  await honestHalf('honest: 99, 100: with the local password Postern signs in as who is stored', async () => {
    const words = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', 'cn=anybody', '-w', password];
    const whoAmI = await runProgram(needProgram('ldapwhoami'), words);
    expect([whoAmI.code, whoAmI.stdout.toString().trim()]).toEqual([0, `dn:${personDn('alice')}`]);
  });
});

test('the check signs in and asks; status calls it LDAP', async () => {
  const { code, stdout } = await postern.commandWith(
    `${alice.password}\n`,
    ...['check', 'Book', '--user', personDn('alice'), '--password-stdin'],
  );
  expect(stdout.toString()).toMatch(/directory: ok\. The directory answers/);
  expect(code).toBe(0);
  expect((await postern.command('status')).stdout.toString()).toMatch(/LDAP/);
});

test.each(routes)('%s: Python’s ldap3 reads page by page, and a large photo byte for byte', async (tls) => {
  const program = `
import hashlib, sys, ldap3
server = ldap3.Server('127.0.0.1', port=int(sys.argv[1]), get_info=ldap3.ALL)
with ldap3.Connection(server, user=sys.argv[2], password=sys.argv[3], auto_bind=True) as book:
    pages = book.extend.standard.paged_search(sys.argv[4], '(objectClass=inetOrgPerson)', attributes=['uid'], paged_size=100, generator=False)
    kinds = [one['type'] for one in pages]
    print(kinds.count('searchResEntry'), kinds.count('searchResRef'))
    book.search(sys.argv[4], '(uid=photo)', attributes=['jpegPhoto'])
    print(hashlib.sha256(book.entries[0].jpegPhoto.value).hexdigest())
    print(server.info.naming_contexts[0])
`;
  const words = ['-c', program, String(postern.port(tls)), personDn('alice'), alice.password, directoryTop];
  // Debian's own modules, whichever Python it is.
  const env = { PYTHONPATH: '/usr/lib/python3/dist-packages' };
  const { code, stdout, stderr } = await runProgram(needProgram('python3'), words, { env });
  expect([code, stderr.toString()]).toEqual([0, '']);
  const hash = createHash('sha256').update(photo).digest('hex');
  expect(stdout.toString().split('\n')).toEqual(['502 0', hash, directoryTop, '']);
});

test.each(routes)('%s: a Node program (ldapts) signs in, searches, and tries what it may not', async (tls) => {
  const book = new Client({ url: `ldap://127.0.0.1:${postern.port(tls)}` });
  await book.bind(personDn('alice'), alice.password);
  const { searchEntries, searchReferences } = await book.search(directoryTop, {
    filter: '(objectClass=inetOrgPerson)',
    attributes: ['mail'],
    paged: { pageSize: 200 },
  });
  expect(searchEntries).toHaveLength(502);
  expect(searchReferences).toEqual([]);
  await expect(book.bind(personDn('alice'), 'wrong')).rejects.toMatchObject({ code: 49 });
  await expect(book.startTLS({})).rejects.toMatchObject({ code: 2 });
  await book.unbind();
});

/** Somebody between Postern and the server, while nothing is encrypted. */
interface Tap {
  port: number;
  /** What it does: nothing; pipelines a bind of its own behind the request; appends an accepted bind to the answer. */
  does: 'nothing' | 'pipelines' | 'appends';
  /** What Postern has said before TLS, on each connection. */
  heard: Buffer[];
}

async function startTap(to: number): Promise<Tap> {
  const bind = simpleBind(2, personDn('alice'), alice.password);
  const server = createServer((near) => {
    const far = connect({ port: to, host: '127.0.0.1' });
    for (const each of [near, far]) each.on('error', () => undefined);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.once('data', (first) => {
      made.heard.push(first);
      far.write(made.does === 'pipelines' ? Buffer.concat([first, bind]) : first);
      near.pipe(far);
    });
    far.once('data', (first) => {
      near.write(made.does === 'appends' ? Buffer.concat([first, bound(2)]) : first);
      far.pipe(near);
    });
  });
  atEnd(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const made: Tap = { port: (server.address() as AddressInfo).port, does: 'nothing', heard: [] };
  return made;
}

/** The request for TLS, and nothing behind it. */
function expectOneRequest(said: Buffer | undefined): void {
  const head = said && readLdapHead(said);
  if (typeof head !== 'object') throw new Error(`it said ${said?.toString('hex')}`);
  expect(said).toEqual(startTlsRequest(head.id));
}

describe('21: a bind in plaintext behind StartTLS', () => {
  const bind = simpleBind(2, personDn('alice'), alice.password);

  test('is answered by OpenLDAP', async () => {
    const client = await RawClient.connect(slapd.ports.ldap);
    client.send(Buffer.concat([startTlsRequest(1), bind]));
    expect(await client.bytes(bound(2).length)).toEqual(bound(2));
    client.reset();
  });

  test.each([
    ['pipelines one', 'pipelines', 'upstream-protocol'],
    ['appends the answer to one', 'appends', 'plaintext-after-starttls'],
  ] as const)('where somebody on the way %s, nothing is believed, and nothing sent', async (_what, does, reason) => {
    const from = postern.events.length;
    tap.does = does;
    const { code, stderr } = await ldapsearch(postern.port('tapped'), ...asAlice(), '(uid=alice)');
    expect([code, stderr.toString()]).toEqual([52, expect.stringMatching(/Postern: /)]);
    expect(await postern.event('refused', ({ relay }) => relay === 'tapped', from)).toMatchObject({ reason });
    expectOneRequest(tap.heard.at(-1));
  });

  test('honest: is never sent by Postern, whatever its program says at once', async () => {
    tap.does = 'nothing';
    const client = await RawClient.connect(postern.port('tapped'));
    client.send(Buffer.concat([extended(1, '1.3.6.1.4.1.1466.20037'), bind, search(3, 'nothing')]));
    while (!client.received.includes(done(3))) await client.bytes(1);
    expect(client.received.includes(bound(2))).toBe(true);
    client.reset();
    expectOneRequest(tap.heard.at(-1));
  });
});
