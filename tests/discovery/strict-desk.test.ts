import { expect, test } from 'vitest';
import type { CertificateProblem } from '../../proxy/contract/index.ts';
import { createStrictDesk } from '../../proxy/discovery/strict-desk.ts';
import { questions } from '../renderer/support/fake-certificates.ts';

const desk = createStrictDesk(() => new Date(), null);
const subject = { account: '', relay: '', server: 'imap.a.test', port: 993 };
const judge = (problems: CertificateProblem[]) =>
  desk.decide(subject, { problems, certificate: questions.expired.certificate, chain: [] } as never);

test('what the rules verify is accepted', () => {
  expect(judge([])).toEqual({ kind: 'accept', trust: { kind: 'verified' } });
});

test('anything else is refused, in words; nobody is asked', () => {
  const verdict = judge(['self-signed', 'name-mismatch']);
  expect(verdict).toMatchObject({ kind: 'refuse', reason: 'certificate-undecided' });
  expect(verdict).toMatchObject({
    finding: { code: 'self-signed', facts: { problems: ['self-signed', 'name-mismatch'] } },
  });
  expect(judge(['revoked'])).toMatchObject({ kind: 'refuse', reason: 'certificate-revoked' });
  expect(judge(['weak-key'])).toMatchObject({ kind: 'refuse', reason: 'certificate-rejected' });
});

test('known lists of revoked certificates count; a server that was only tried has none fetched', () => {
  const met: unknown[] = [];
  const complete = () => Promise.reject(new Error('asked'));
  const { revocations } = createStrictDesk(() => new Date(), { complete, met: (place) => met.push(place) });
  revocations?.met({} as never, {} as never, undefined);
  expect(met).toEqual([]);
  return expect(revocations?.complete({} as never, () => ({}) as never)).rejects.toThrow('asked');
});
