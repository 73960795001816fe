import { expect, test } from 'vitest';
import { createTlsContexts } from '../../proxy/trust/tls-context.ts';
import { createAuthority, issue } from '../support/pki.ts';

const authority = createAuthority();
const client = issue(authority, { cn: 'client', eku: ['clientAuth'] });

test('relays without a client certificate share one context, made once', () => {
  const contexts = createTlsContexts({
    authorities: [authority.certPem],
    clientCertificates: new Map([['special', { certificate: client.chainPem, key: client.keyPem }]]),
    onlyConfigured: true,
  });
  expect(contexts.of('a')).toBe(contexts.of('b'));
  expect(contexts.of('a').secureContext()).toBe(contexts.of('b').secureContext());
  expect(contexts.of('special')).not.toBe(contexts.of('a'));
  expect(contexts.of('special').secureContext()).not.toBe(contexts.of('a').secureContext());
  expect(contexts.of('special').roots).toBe(contexts.of('a').roots);
});

test('an authority that cannot be read is an error at once', () => {
  expect(() => createTlsContexts({ authorities: ['junk'], clientCertificates: new Map() })).toThrow(/no certificate/);
});
