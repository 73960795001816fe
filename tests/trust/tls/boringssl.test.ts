import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bunProgram } from '../../support/bun.ts';
import { startHelloBox } from '../../support/hello-box.ts';
import { type Identity, issue, type KeyKind } from '../../support/pki.ts';
import { mustRun } from '../../support/programs.ts';
import { authority, serve } from '../support.ts';

// The tray app's TLS library compared with the command's: the same code and the same servers, and every difference is
// listed here and in docs/security.md.

const script = fileURLToPath(new URL('./handshakes.ts', import.meta.url));
const programs = { openssl: process.execPath, boringssl: bunProgram() };
type Library = keyof typeof programs;

type Outcome = { tls: string; cipher: string } | { reason: string; message: string; code: string | null };

/** Our own TLS with both libraries, against the same servers, which run on OpenSSL. */
async function handshakes(servers: [name: string, identity: Identity, options: object][]) {
  const input = {
    trusted: authority.certPem,
    servers: await Promise.all(
      servers.map(async ([name, identity, options]) => ({ name, port: (await serve(identity, options)).port })),
    ),
  };
  const outcomes = {} as Record<Library, Record<string, Outcome>>;
  for (const library of ['openssl', 'boringssl'] as const) {
    const { stdout } = await mustRun(programs[library], [script], { input: JSON.stringify(input) });
    outcomes[library] = JSON.parse(stdout.toString());
  }
  /** The outcome in one word: the negotiated version, or the reason for the failure. */
  const brief = (library: Library, name: string) => {
    const outcome = outcomes[library][name];
    if (!outcome) throw new Error(`${name} was not tried`);
    return 'tls' in outcome ? outcome.tls : outcome.reason;
  };
  return { outcomes, brief };
}

const names = ['mail.example.org'];
const only = (version: 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version });
const keyed = (key: KeyKind) => issue(authority, { names, key });
const plain = issue(authority, { names });
const rsa = keyed('rsa2048');
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

describe('the handshake policy', () => {
  test('comes to the same with what servers have: keys, groups, ciphers', async () => {
    const servers = versions.flatMap((version): [string, Identity, object][] => [
      ...(['ec', 'ec384', 'ed25519', 'rsa2048', 'rsa4096'] as const).map((key): [string, Identity, object] => [
        `${version} ${key}`,
        keyed(key),
        only(version),
      ]),
      ...['X25519', 'P-256', 'P-384'].map((ecdhCurve): [string, Identity, object] => [
        `${version} ${ecdhCurve}`,
        plain,
        { ...only(version), ecdhCurve },
      ]),
    ]);
    servers.push(['chacha', rsa, { ...only('TLSv1.2'), ciphers: 'ECDHE-RSA-CHACHA20-POLY1305' }]);
    const { outcomes } = await handshakes(servers);
    expect(outcomes.boringssl).toEqual(outcomes.openssl);
    for (const outcome of Object.values(outcomes.boringssl)) expect(outcome).toHaveProperty('tls');
  });

  test('refuses the same, for the same reason and in the same words', async () => {
    const { outcomes, brief } = await handshakes([
      ['TLS 1.1', rsa, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }],
      ['CBC alone', rsa, { ...only('TLSv1.2'), ciphers: 'ECDHE-RSA-AES128-SHA' }],
      ['no forward secrecy', rsa, { ...only('TLSv1.2'), ciphers: 'AES128-GCM-SHA256' }],
      ['a certificate is wanted', rsa, { ...only('TLSv1.2'), requestCert: true, rejectUnauthorized: true }],
      ['signed with SHA-1', issue(authority, { names, hash: 'sha1' }), {}],
      ['another name', issue(authority, { names: ['else.example.org'] }), {}],
    ]);
    for (const [name, { code: _, ...told }] of Object.entries(outcomes.openssl as Record<string, { code: string }>)) {
      // Only the library's own error code is different.
      expect(outcomes.boringssl[name]).toMatchObject(told);
      expect(brief('boringssl', name)).not.toMatch(/^TLS/);
    }
  });
});

test.each(['openssl', 'boringssl'] as const)(
  '%s: the usual hello offers the post-quantum group, and the small one, which fits into one packet, is judged alike',
  async (library) => {
    const { port } = await serve(plain, {});
    const box = await startHelloBox(port, 'pass');
    for (const small of [false, true]) {
      const input = { trusted: authority.certPem, servers: [{ name: 'it', port: box.port }], small };
      const { stdout } = await mustRun(programs[library], [script], { input: JSON.stringify(input) });
      expect(JSON.parse(stdout.toString()).it).toMatchObject({ tls: 'TLSv1.3' });
    }
    const [usual = 0, small = 0] = box.hellos;
    // X25519MLKEM768 alone takes 1,216 bytes; an Ethernet packet has room for 1,460.
    expect(usual).toBeGreaterThan(1_300);
    expect(small).toBeLessThan(600);
  },
);

// The column for BoringSSL: what it refuses and OpenSSL accepts. It never accepts what OpenSSL refuses.
describe('what the tray app cannot do and the command can', () => {
  const keyEncipherment = issue(authority, { names, key: 'rsa2048', keyUsage: ['keyEncipherment'] });
  test.each<[string, Identity, object, string, string]>([
    ['P-521 as key under TLS 1.2', keyed('ec521'), only('TLSv1.2'), 'TLSv1.2', 'weak-cipher'],
    ['P-521 as group alone', plain, { ecdhCurve: 'P-521' }, 'TLSv1.3', 'weak-cipher'],
    ['X448 as group alone', plain, { ecdhCurve: 'X448' }, 'TLSv1.3', 'weak-cipher'],
    ['ffdhe2048 as group alone', plain, { ...only('TLSv1.3'), ecdhCurve: 'ffdhe2048' }, 'TLSv1.3', 'weak-cipher'],
    [
      'DHE alone',
      rsa,
      { ...only('TLSv1.2'), ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: 'auto' },
      ...(['TLSv1.2', 'weak-cipher'] as const),
    ],
    ['a key for RSA-PSS alone', keyed('rsa-pss'), only('TLSv1.3'), 'TLSv1.3', 'weak-cipher'],
    ['a key that may not sign', keyEncipherment, only('TLSv1.2'), 'TLSv1.2', 'certificate-rejected'],
  ])('%s', async (name, identity, options, openssl, boringssl) => {
    const { brief } = await handshakes([[name, identity, options]]);
    expect([brief('openssl', name), brief('boringssl', name)]).toEqual([openssl, boringssl]);
  });

  test('a key that may not sign is named, and so is that the other library may take it', async () => {
    const { outcomes } = await handshakes([['it', keyEncipherment, only('TLSv1.2')]]);
    expect(outcomes.boringssl.it).toMatchObject({
      code: 'ERR_SSL_KEY_USAGE_BIT_INCORRECT',
      message: expect.stringContaining('may not be used to sign the handshake'),
    });
  });

  test('a curve with parameters of its own is refused by both, by BoringSSL before anything can be judged', async () => {
    const { outcomes, brief } = await handshakes([['it', keyed('ec-explicit'), {}]]);
    expect([brief('openssl', 'it'), brief('boringssl', 'it')]).toEqual([
      'certificate-rejected',
      'tls-handshake-failed',
    ]);
    expect(outcomes.boringssl.it).toMatchObject({ code: 'ERR_SSL_DECODE_ERROR' });
  });
});
