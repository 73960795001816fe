import { describe, expect, test } from 'vitest';
import { createRoots } from '../../proxy/trust/judging/roots.ts';
import { DerFault } from '../../proxy/trust/x509/der.ts';
import { trusting } from '../support/roots.ts';
import { type JudgedWithLists, judgedWithLists } from './judged-with-lists.ts';
import { because, type LimboCase, limboCases } from './limbo.ts';
import { acceptedAllTheSame, refusedAllTheSame } from './limbo-deviations.ts';
import { derOf } from './support.ts';

// Every case of x509-limbo through the judge alone, at the time that the case sets, with its lists read by the
// product's own code.

/**
 * Accepted although limbo expects a refusal, in addition to those of limbo-deviations.ts, which also apply to a
 * connection.
 */
const accepted: Record<string, string> = {
  ...acceptedAllTheSame,
  ...because(
    'The list proves nothing, and nobody knows whether the certificate was revoked: mail goes on, and it is said (docs/revocation.md). The list is not taken as proof that it is good.',
    'crl::crlnumber-missing',
    'crl::crlnumber-critical',
    'crl::issuer-missing-crlsign',
  ),
  ...because(
    "A path may have ten certificates, and nobody configures another limit: it bounds work, and is no part of a certificate's meaning.",
    'pathlen::max-chain-depth-0-exhausted',
    'pathlen::max-chain-depth-1-exhausted',
  ),
};

/** Problems that do not apply to a case without a server: a server's name, and the purpose of a server. */
const ofServers = new Set(['name-mismatch', 'wrong-usage']);

interface Outcome {
  result: 'SUCCESS' | 'FAILURE';
  standing: JudgedWithLists['standing'];
}

async function outcome(one: LimboCase): Promise<Outcome> {
  const server = one.validation_kind === 'SERVER' ? one.expected_peer_name : null;
  const presentation = {
    chain: [one.peer_certificate, ...one.untrusted_intermediates].map(derOf),
    server: server?.value ?? 'nobody.invalid',
    staple: null,
    now: one.validation_time === null ? Date.now() : Date.parse(one.validation_time),
  };
  const anchors = createRoots(trusting(one.trusted_certs, true));
  try {
    const { judged, standing } = await judgedWithLists(presentation, anchors, one.crls.map(derOf));
    const problems = judged.problems.filter((problem) => server !== null || !ofServers.has(problem));
    return { result: problems.length === 0 ? 'SUCCESS' : 'FAILURE', standing };
  } catch (error) {
    // Only an unreadable certificate is a verdict; any other error is a fault of ours.
    if (error instanceof DerFault) return { result: 'FAILURE', standing: 'unknown' };
    throw error;
  }
}

const cases = limboCases();
const deviations: Record<string, string> = { ...accepted, ...refusedAllTheSame };
const agreeing = cases.filter(({ id }) => !(id in deviations));
const of = (expected: LimboCase['expected_result']) =>
  agreeing.filter(({ expected_result }) => expected_result === expected).map((one) => [one.id, one] as const);

describe(`56: x509-limbo through the judge: ${agreeing.length} of ${cases.length} agree`, () => {
  test('all cases are run, and every deviation is about one of them', () => {
    expect(cases).toHaveLength(193);
    const ids = new Set(cases.map(({ id }) => id));
    expect(Object.keys(deviations).filter((id) => !ids.has(id))).toEqual([]);
    expect(agreeing).toHaveLength(179);
  });

  test.each(of('FAILURE'))('56: by the judge a chain that has to be refused is: %s', async (_id, one) => {
    expect((await outcome(one)).result).toBe('FAILURE');
  });

  test.each(of('SUCCESS'))('honest: 56: by the judge a chain that has to pass does: %s', async (_id, one) => {
    expect((await outcome(one)).result).toBe('SUCCESS');
  });

  test.each(cases.filter(({ id }) => id in deviations).map((one) => [one.id, one] as const))(
    'deviates as its reason says: %s',
    async (id, one) => {
      const { result, standing } = await outcome(one);
      expect(result).toBe(id in accepted ? 'SUCCESS' : 'FAILURE');
      expect(one.expected_result).not.toBe(result);
      // Where mail goes on although nothing is known, nobody is told that all is well.
      if (one.crls.length > 0) expect(standing).toBe('unknown');
    },
  );
});
