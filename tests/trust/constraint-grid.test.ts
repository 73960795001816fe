import { describe, expect, test } from 'vitest';
import { judge } from '../../proxy/trust/judging/judge.ts';
import { createRoots } from '../../proxy/trust/judging/roots.ts';
import { type Identity, issue, keyPair, type NameEntry } from '../support/pki.ts';
import { trusting } from '../support/roots.ts';
import { authority } from './support.ts';

// Name constraints in every combination of the names that a certificate has, that its issuer permits and that it
// excludes, as in BetterTLS. The expected result is computed separately, following the wording of RFC 5280 §4.2.1.10.

const hostNames = { own: 'mail.good.test', other: 'mail.other.test' } as const;
const addresses = { own: '192.0.2.7', other: '198.51.100.7' } as const;
/** Bit by bit: the server's own host name, another one, its own address, another one. */
const kinds = ['own host', 'other host', 'own address', 'other address'] as const;
type Kind = (typeof kinds)[number];
const all = Array.from({ length: 16 }, (_, bits) => kinds.filter((_kind, bit) => (bits & (1 << bit)) !== 0));

const base: Record<Kind, NameEntry> = {
  'own host': { dns: 'good.test' },
  'other host': { dns: 'other.test' },
  'own address': { ip: '192.0.2.0/24' },
  'other address': { ip: '198.51.100.0/24' },
};
const isHost = (kind: Kind) => kind.endsWith('host');

const key = keyPair();
const limited = (permitted: Kind[], excluded: Kind[]) =>
  issue(authority, {
    ca: true,
    cn: 'Limited',
    key,
    nameConstraints: {
      ...(permitted.length > 0 ? { permitted: permitted.map((kind) => base[kind]) } : {}),
      ...(excluded.length > 0 ? { excluded: excluded.map((kind) => base[kind]) } : {}),
    },
  });

function leafOf(issuer: Identity, names: Kind[], cn: string): Identity {
  const hosts = { 'own host': hostNames.own, 'other host': hostNames.other };
  const ips = { 'own address': addresses.own, 'other address': addresses.other };
  return issue(issuer, {
    cn,
    names: names.flatMap((kind) => (kind in hosts ? hosts[kind as keyof typeof hosts] : [])),
    ips: names.flatMap((kind) => (kind in ips ? ips[kind as keyof typeof ips] : [])),
  });
}

/** RFC 5280: no name is in an excluded subtree, and each is in a permitted one if there is one for its form. */
function mayHave(names: Kind[], permitted: Kind[], excluded: Kind[]): boolean {
  return names.every((name) => {
    const ofItsForm = permitted.filter((tree) => isHost(tree) === isHost(name));
    return !excluded.includes(name) && (ofItsForm.length === 0 || ofItsForm.includes(name));
  });
}

describe.each([
  ['a host', hostNames.own, 'own host'],
  ['an address', addresses.own, 'own address'],
] as const)('%s', (_, server, wanted) => {
  // The common name makes no difference, whatever it is.
  describe.each([hostNames.own, addresses.own, 'Somebody'])('with the common name %s', (cn) => {
    const anchors = createRoots(trusting([authority.certPem]));
    const someIssuer = limited(['own host'], []);
    const leaves = all.map((names) => [names, leafOf(someIssuer, names, cn)] as const);

    test.each(all.map((permitted) => [permitted.join(', ') || 'nothing', permitted] as const))(
      'where what is permitted is: %s',
      (_what, permitted) => {
        const wrong: string[] = [];
        for (const excluded of all) {
          if (permitted.length + excluded.length === 0) continue;
          const issuer = limited(permitted, excluded);
          for (const [names, leaf] of leaves) {
            const { problems } = judge(
              { chain: [leaf.der, issuer.der], server, staple: null, now: Date.now() },
              anchors,
            );
            const expected = [
              ...(names.includes(wanted) ? [] : ['name-mismatch']),
              ...(mayHave(names, permitted, excluded) ? [] : ['unknown-issuer']),
            ];
            if (problems.join() !== expected.join()) wrong.push(`${names} under ${permitted} without ${excluded}`);
          }
        }
        expect(wrong).toEqual([]);
      },
    );
  });
});
