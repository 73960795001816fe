import tls from 'node:tls';
import { expect, test, vi } from 'vitest';
import { createTlsContexts } from '../../../proxy/trust/tls/tls-context.ts';
import { createAuthority, issue } from '../../support/pki.ts';
import { noneBuiltIn } from '../../support/roots.ts';

const authority = createAuthority();
const client = issue(authority, { cn: 'client', eku: ['clientAuth'] });

test('relays without a client certificate share one context, made once', () => {
  const contexts = createTlsContexts({
    authorities: [authority.certPem],
    clientCertificates: new Map([['special', { certificate: client.chainPem, key: client.keyPem }]]),
    builtIn: noneBuiltIn,
  });
  expect(contexts.of('a')).toBe(contexts.of('b'));
  expect(contexts.of('a').secureContext()).toBe(contexts.of('b').secureContext());
  expect(contexts.of('special')).not.toBe(contexts.of('a'));
  expect(contexts.of('special').secureContext()).not.toBe(contexts.of('a').secureContext());
  expect(contexts.of('special').roots).toBe(contexts.of('a').roots);
});

test('a library that does not know every signature gets the list that it knows', async () => {
  vi.resetModules();
  const { createTlsContexts: fresh } = await import('../../../proxy/trust/tls/tls-context.ts');
  const make = tls.createSecureContext;
  const lists: string[] = [];
  vi.spyOn(tls, 'createSecureContext').mockImplementation((options = {}) => {
    lists.push(options.sigalgs ?? '');
    if (options.sigalgs?.includes('rsa_pss_pss')) throw new Error('unknown algorithm');
    return make(options);
  });
  fresh({ authorities: [authority.certPem], clientCertificates: new Map(), builtIn: noneBuiltIn })
    .of('a')
    .secureContext();
  vi.restoreAllMocks();
  expect(lists.map((list) => list.includes('rsa_pss_pss_sha256'))).toEqual([true, false]);
  expect(lists.at(-1)).toContain('ed25519');
});

test('an authority that cannot be read is an error at once', () => {
  expect(() => createTlsContexts({ authorities: ['junk'], clientCertificates: new Map() })).toThrow(/no certificate/);
});
