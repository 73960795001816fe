import { expect, test } from 'vitest';
import { EndedFromOutside } from '../../../proxy/net/ended-from-outside.ts';
import { createLiveGrounds } from '../../../proxy/trust/decisions/live-grounds.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { createAuthority } from '../../support/pki.ts';

const grounds = (fingerprint: string) => ({ fingerprint, anchor: null, decision: null });

test('trust is taken back from the connections that it is about, and from no other', () => {
  const live = createLiveGrounds();
  const [one, two, closed] = ['a', 'b', 'a'].map((fingerprint) => live.hold(grounds(fingerprint)));
  closed?.release();
  live.withdraw('certificate-revoked', ({ fingerprint }) => fingerprint === 'a');
  expect([one, two, closed].map((held) => held?.withdrawn.aborted)).toEqual([true, false, false]);
  expect(one?.withdrawn.reason).toBeInstanceOf(EndedFromOutside);
  expect(one?.withdrawn.reason).toMatchObject({ why: 'certificate-revoked' });
});

test('a connection whose handshake outlasts its authority is no good from the start', () => {
  const anchor = readCertificate(createAuthority().der);
  const held = createLiveGrounds((one) => one !== anchor).hold({ ...grounds('a'), anchor });
  expect(held.withdrawn.reason).toMatchObject({ why: 'authority-removed' });
});

test('the first reason stays, and connections that begin while others end are heard of next time', () => {
  const live = createLiveGrounds();
  const one = live.hold(grounds('a'));
  let next: ReturnType<typeof live.hold> | undefined;
  one.withdrawn.addEventListener('abort', () => {
    next = live.hold(grounds('a'));
  });
  live.withdraw('decision-forgotten', () => true);
  expect(next?.withdrawn.aborted).toBe(false);
  live.withdraw('authority-removed', () => true);
  expect([one, next].map((held) => held?.withdrawn.reason.why)).toEqual(['decision-forgotten', 'authority-removed']);
});
