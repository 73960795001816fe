import { describe, expect, test } from 'vitest';
import { judge } from '../../../proxy/trust/judging/judge.ts';
import { judgeRevocations } from '../../../proxy/trust/judging/revoked-links.ts';
import { createRoots } from '../../../proxy/trust/judging/roots.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { createAuthority, type Identity, issue } from '../../support/pki.ts';
import { trusting } from '../../support/roots.ts';

const root = createAuthority({ cn: 'Root' });
const middle = issue(root, { ca: true, cn: 'Middle' });
const leaf = issue(middle, { names: ['a.test'] });
const path = [leaf, middle, root].map(({ der }) => readCertificate(der));
const at = Date.UTC(2026, 10, 20) / 1000;
const serialOf = ({ der }: Identity) => readCertificate(der).serial;

/** Reports these as revoked, each for its issuer. */
const knowing = (...revoked: Identity[]) => {
  const serials = revoked.map(serialOf);
  return (_issuer: unknown, serial: Buffer) => (serials.some((known) => known.equals(serial)) ? at : null);
};

describe('of a path', () => {
  test('nothing is revoked that is not known to be', () => {
    expect(judgeRevocations(path, () => null)).toEqual([]);
  });

  test('each certificate is looked up by its issuer, the last one by nobody', () => {
    const asked: string[] = [];
    judgeRevocations(path, (issuer, serial) => {
      asked.push(`${issuer.fingerprint} ${serial.toString('hex')}`);
      return null;
    });
    expect(asked).toEqual([
      `${middle.fingerprint} ${serialOf(leaf).toString('hex')}`,
      `${root.fingerprint} ${serialOf(middle).toString('hex')}`,
    ]);
  });

  test('every revoked one is told, with its date', () => {
    expect(judgeRevocations(path, knowing(leaf, middle))).toEqual([
      { problem: 'revoked', text: 'The authority that issued the certificate has revoked it on 2026-11-20.' },
      { problem: 'revoked', text: 'The certificate of its issuer "CN=Middle" was revoked on 2026-11-20.' },
    ]);
  });
});

describe('the judge', () => {
  const judged = (presented: Identity[], revoked: Identity[], trusted = [root]) =>
    judge(
      {
        chain: [leaf, ...presented].map(({ der }) => der),
        server: 'a.test',
        staple: null,
        now: Date.now(),
        revoked: knowing(...revoked),
      },
      createRoots(trusting(trusted.map(({ certPem }) => certPem))),
    ).problems;

  test('says "revoked" of the certificate or an issuer', () => {
    expect(judged([middle], [])).toEqual([]);
    expect(judged([middle], [leaf])).toEqual(['revoked']);
    expect(judged([middle], [middle])).toEqual(['revoked']);
  });

  test('takes another path when there is one without a revoked issuer', () => {
    const other = createAuthority({ cn: 'Other root' });
    const crossed = issue(other, { ca: true, cn: 'Middle', key: middle.keys });
    const trusted = [root, other];
    expect(judged([middle, crossed], [middle], trusted)).toEqual([]);
    expect(judged([crossed, middle], [crossed], trusted)).toEqual([]);
    expect(judged([middle, crossed], [middle, crossed], trusted)).toEqual(['revoked']);
  });
});
