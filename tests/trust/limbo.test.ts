import { describe, expect, test } from 'vitest';
import { Refused } from '../../proxy/net/refused.ts';
import { CertificateQuestioned } from '../../proxy/trust/tls/secure-upstream.ts';
import { type LimboCase, limboCases } from './limbo.ts';
import { acceptedAllTheSame, refusedAllTheSame } from './limbo-deviations.ts';
import { connect, serve } from './support.ts';

const testcases = limboCases();

/** What a TLS connection can show: a server's certificate with its key, judged now, without CRLs and depth limits. */
const runnable = testcases.filter(
  (one) =>
    one.validation_kind === 'SERVER' &&
    one.peer_certificate_key !== null &&
    one.expected_peer_name !== null &&
    one.validation_time === null &&
    one.max_chain_depth === null &&
    one.crls.length === 0,
);

/**
 * Serves the case's certificate over TLS and connects to it as the product does. Its roots are treated as public
 * authorities.
 */
async function outcome(one: LimboCase): Promise<'SUCCESS' | 'FAILURE'> {
  const chainPem = [one.peer_certificate, ...one.untrusted_intermediates].join('\n');
  const server = await serve({ chainPem, keyPem: one.peer_certificate_key ?? '' });
  try {
    await connect(server, { server: one.expected_peer_name?.value ?? '', trusted: one.trusted_certs, asPublic: true });
    return 'SUCCESS';
  } catch (error) {
    // Any other error is a fault of ours, not a verdict.
    if (error instanceof CertificateQuestioned || error instanceof Refused) return 'FAILURE';
    throw error;
  }
}

const deviations = [...Object.keys(acceptedAllTheSame), ...Object.keys(refusedAllTheSame)];

describe(`56: x509-limbo over TLS: ${runnable.length - deviations.length} of ${runnable.length} agree`, () => {
  test('there are as many cases as we know of', () => {
    expect(runnable).toHaveLength(152);
  });

  test('every deviation is about a case that is run', () => {
    const ids = new Set(runnable.map(({ id }) => id));
    expect(deviations.filter((id) => !ids.has(id))).toEqual([]);
    expect(runnable.length - deviations.length).toBe(143);
  });

  test('56: nothing is accepted that concerns trust, rights, limits or the name that was meant', () => {
    const serious =
      /^(?:cve|pathlen|pathological)::|^rfc5280::(?:eku|san|pc)::|^webpki::(?:cn|eku|nc|san)::|unknown-critical|untrusted|intermediate-ca|keycertsign|ca-bit|basic-constraints|inconsistent|mismatch-(?:domain|subdomain|apex)|wildcard-(?:embedded|not|match)|wildcard-only|forbidden|swapped|as-leaf/;
    expect(Object.keys(acceptedAllTheSame).filter((id) => serious.test(id))).toEqual([]);
    const constraints = Object.keys(acceptedAllTheSame).filter((id) => id.includes('::nc::'));
    expect(constraints).toEqual(['rfc5280::nc::permitted-dns-match-noncritical']);
  });

  const agreeing = runnable.filter(({ id }) => !deviations.includes(id));
  const expecting = (result: LimboCase['expected_result']) =>
    agreeing.filter((one) => one.expected_result === result).map((one) => [one.id, one] as const);

  test.each(expecting('FAILURE'))('56: a chain that has to be refused is: %s', async (_id, one) => {
    expect(await outcome(one)).toBe('FAILURE');
  });

  test.each(expecting('SUCCESS'))('honest: 56: a chain that has to pass does: %s', async (_id, one) => {
    expect(await outcome(one)).toBe('SUCCESS');
  });

  test.each(runnable.filter(({ id }) => deviations.includes(id)).map((one) => [one.id, one] as const))(
    'deviates as its reason says: %s',
    async (id, one) => {
      const ours = id in acceptedAllTheSame ? 'SUCCESS' : 'FAILURE';
      expect(one.expected_result).not.toBe(ours);
      expect(await outcome(one)).toBe(ours);
    },
  );
});
