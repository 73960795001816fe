import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRoots } from '../../proxy/trust/judging/roots.ts';
import { type Certificate, readCertificate } from '../../proxy/trust/x509/certificate.ts';
import { DerFault } from '../../proxy/trust/x509/der.ts';
import { pem } from '../support/pki.ts';
import { trusting } from '../support/roots.ts';
import { type JudgedWithLists, judgedWithLists } from './judged-with-lists.ts';
import { because } from './limbo.ts';

// NIST's Public Key Interoperability Test Suite (PKITS) for RFC 5280, from Debian's python3-cryptography-vectors. Its
// certificates are for persons, so the lack of a server's name does not count; everything else does.

const directory = '/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data';
if (!existsSync(directory)) throw new Error(`${directory} is missing. Run: sudo scripts/install-peers`);

const read = (folder: string) =>
  readdirSync(join(directory, folder))
    .sort()
    .map((file) => ({ name: file.replace(/\.(?:crt|crl)$/, ''), der: readFileSync(join(directory, folder, file)) }));

const certificates = read('certs');
const lists = read('crls').map(({ der }) => der);
const rootDer = certificates.find(({ name }) => name === 'TrustAnchorRootCertificate')?.der ?? Buffer.alloc(0);
const anchors = createRoots(trusting([pem('CERTIFICATE', rootDer)]));
/** A time when everything that is meant to be valid is valid. */
const now = Date.parse('2024-01-01T00:00:00Z');

const cases = certificates.filter(({ name }) => name.endsWith('EE'));
const issuers = certificates.filter(({ name }) => !name.endsWith('EE')).flatMap(({ der }) => readable(der));

function readable(der: Buffer): Certificate[] {
  try {
    return [readCertificate(der)];
  } catch (error) {
    if (error instanceof DerFault) return [];
    throw error;
  }
}

/**
 * Cases of sections 4.8 and 4.12 whose names do not say what is expected of a relying party that accepts any policy.
 */
const validByText = new Set([
  'AllCertificatesNoPoliciesTest2EE',
  'DifferentPoliciesTest3EE',
  'OverlappingPoliciesTest6EE',
  'AllCertificatesSamePoliciesTest10EE',
  'AllCertificatesanyPolicyTest11EE',
  'AllCertificatesSamePoliciesTest13EE',
  'AnyPolicyTest14EE',
  'CPSPointerQualifierTest20EE',
  'inhibitAnyPolicyTest3EE',
]);
const isValid = (name: string) => /^(?:Valid|UserNotice)/.test(name) || validByText.has(name);

/** Accepted although PKITS expects a refusal: each for lack of a usable list. */
const accepted: Record<string, string> = {
  ...because(
    'There is no list that proves anything: mail goes on, and it is said that nobody knows (docs/revocation.md).',
    'InvalidMissingCRLTest1EE',
    'InvalidBadCRLSignatureTest4EE',
    'InvalidBadCRLIssuerNameTest5EE',
    'InvalidWrongCRLTest6EE',
    'InvalidOldCRLnextUpdateTest11EE',
    'Invalidpre2000CRLnextUpdateTest12EE',
    'InvalidUnknownCRLEntryExtensionTest8EE',
    'InvalidUnknownCRLExtensionTest9EE',
    'InvalidUnknownCRLExtensionTest10EE',
    'InvalidkeyUsageCriticalcRLSignFalseTest4EE',
    'InvalidkeyUsageNotCriticalcRLSignFalseTest5EE',
    'InvaliddeltaCRLIndicatorNoBaseTest1EE',
    'InvalidonlyContainsCACertsTest12EE',
    'InvalidonlyContainsAttributeCertsTest14EE',
  ),
  ...because(
    'The list is signed with another key of the authority. Only the key that signed the certificate is taken for its lists.',
    'InvalidBasicSelfIssuedOldWithNewTest2EE',
    'InvalidBasicSelfIssuedNewWithOldTest5EE',
    'InvalidBasicSelfIssuedCRLSigningKeyTest7EE',
    'InvalidSeparateCertificateandCRLKeysTest20EE',
    'InvalidSeparateCertificateandCRLKeysTest21EE',
  ),
  ...because(
    'The list belongs to a place that is named relative to its authority, or to another place. Only addresses are fetched.',
    'InvaliddistributionPointTest2EE',
    'InvaliddistributionPointTest3EE',
    'InvaliddistributionPointTest6EE',
    'InvaliddistributionPointTest8EE',
    'InvaliddistributionPointTest9EE',
  ),
  ...because(
    'The list is for some reasons of revocation alone, and is not used.',
    'InvalidonlySomeReasonsTest15EE',
    'InvalidonlySomeReasonsTest16EE',
    'InvalidonlySomeReasonsTest17EE',
    'InvalidonlySomeReasonsTest20EE',
    'InvalidonlySomeReasonsTest21EE',
  ),
  ...because(
    'The list is indirect: another authority signs it. Such lists are not used.',
    'InvalidIDPwithindirectCRLTest23EE',
    'InvalidIDPwithindirectCRLTest26EE',
    'InvalidcRLIssuerTest27EE',
    'InvalidcRLIssuerTest31EE',
    'InvalidcRLIssuerTest32EE',
    'InvalidcRLIssuerTest34EE',
    'InvalidcRLIssuerTest35EE',
  ),
  ...because(
    'Lists of changes are not used: the whole list counts, which is replaced as often as the authority likes.',
    'InvaliddeltaCRLTest4EE',
    'InvaliddeltaCRLTest10EE',
  ),
};

/** Refused although PKITS expects acceptance. */
const refused: Record<string, string> = {
  ...because('Nobody uses DSA for TLS any more.', 'ValidDSASignaturesTest4EE', 'ValidDSAParameterInheritanceTest5EE'),
  ...because(
    'The certificate of an authority in the place of a server.',
    'OverlappingPoliciesTest6EE',
    'ValidonlyContainsCACertsTest13EE',
    'ValidpathLenConstraintTest8EE',
    'ValidpathLenConstraintTest14EE',
  ),
  ...because('A list of changes would release it again. Such lists are not used.', 'ValiddeltaCRLTest5EE'),
};

/** Every issuer above a certificate, by name. */
function above(leaf: Certificate): Certificate[] {
  const found = new Set<Certificate>();
  const open = [leaf];
  for (let one = open.pop(); one; one = open.pop()) {
    const { issuer } = one;
    for (const candidate of issuers.filter(({ subject }) => subject.key === issuer.key)) {
      if (found.has(candidate)) continue;
      found.add(candidate);
      open.push(candidate);
    }
  }
  return [...found];
}

async function outcome(der: Buffer): Promise<{ valid: boolean; standing: JudgedWithLists['standing'] }> {
  const [leaf] = readable(der);
  if (!leaf) return { valid: false, standing: 'unknown' };
  const chain = [der, ...above(leaf).map((issuer) => issuer.der)];
  const presentation = { chain, server: 'nobody.invalid', staple: null, now };
  const { judged, standing } = await judgedWithLists(presentation, anchors, lists);
  return { valid: judged.problems.every((problem) => problem === 'name-mismatch'), standing };
}

const deviations = { ...accepted, ...refused };
const agreeing = cases.filter(({ name }) => !(name in deviations));
const of = (valid: boolean) =>
  agreeing.filter(({ name }) => isValid(name) === valid).map(({ name, der }) => [name, der] as const);

describe(`PKITS: ${agreeing.length} of ${cases.length} agree`, () => {
  test('all cases are run, and every deviation is about one of them', () => {
    expect(cases).toHaveLength(223);
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(deviations).filter((name) => !names.has(name))).toEqual([]);
    // Paths, names, constraints, policies, dates and signatures: no deviation except those listed above.
    expect(
      Object.keys(accepted).filter((name) => !/CRL|Reasons|Contains|cRL|distributionPoint|SelfIssued/i.test(name)),
    ).toEqual([]);
  });

  test.each(of(false))('38: a path that has to be refused is: %s', async (_, der) => {
    expect((await outcome(der)).valid).toBe(false);
  });

  test.each(of(true))('honest: 38: a path that has to pass does: %s', async (_, der) => {
    expect((await outcome(der)).valid).toBe(true);
  });

  test.each(cases.filter(({ name }) => name in deviations).map(({ name, der }) => [name, der] as const))(
    'deviates as its reason says: %s',
    async (name, der) => {
      const { valid, standing } = await outcome(der);
      expect(valid).toBe(name in accepted);
      expect(isValid(name)).not.toBe(valid);
      // Without a usable list nobody is told that all is well; only a delta list would have known more.
      if (name in accepted) expect(standing).toBe(name === 'InvaliddeltaCRLTest4EE' ? 'good' : 'unknown');
    },
  );
});
