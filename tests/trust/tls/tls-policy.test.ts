import { describe, expect, test } from 'vitest';
import { ciphers, type Negotiated, requireSafe } from '../../../proxy/trust/tls/tls-policy.ts';

function refusal(protocol: string | null, name: string | undefined, ephemeral: object | null = null): string {
  const cipher: Negotiated['cipher'] = name === undefined ? undefined : { name, standardName: name };
  try {
    requireSafe({ protocol, cipher, ephemeral }, 'mail.example.org');
    return 'safe';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
}

describe('what was negotiated', () => {
  test.each([
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
    ['TLSv1.2', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
    ['TLSv1.2', 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384'],
    ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ])('%s with %s is safe', (protocol, cipher) => {
    expect(refusal(protocol, cipher)).toBe('safe');
  });

  test.each([
    [null, 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.1', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    ['TLSv1', 'ECDHE-RSA-AES128-SHA'],
    ['SSLv3', 'RC4-SHA'],
    ['unknown', 'TLS_AES_128_GCM_SHA256'],
  ])('%s is too old', (protocol, cipher) => {
    expect(refusal(protocol, cipher)).toBe('tls-too-old');
  });

  test.each([
    ['TLSv1.2', 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'AES256-GCM-SHA384'],
    ['TLSv1.2', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'],
    ['TLSv1.2', 'TLS_ECDHE_RSA_WITH_NULL_SHA'],
    ['TLSv1.2', 'TLS_ECDHE_RSA_WITH_RC4_128_SHA'],
    ['TLSv1.2', 'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA'],
    ['TLSv1.2', 'TLS_ECDH_anon_WITH_AES_128_CBC_SHA'],
    ['TLSv1.2', 'TLS_DH_anon_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'TLS_PSK_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'TLS_DHE_DSS_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.3', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    ['TLSv1.3', 'TLS_SHA256_SHA256'],
    ['TLSv1.2', ''],
    ['TLSv1.2', undefined],
  ])('%s with %s is weak', (protocol, cipher) => {
    expect(refusal(protocol, cipher)).toBe('weak-cipher');
  });

  test('the group has at least 2048 bits', () => {
    const cipher = 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256';
    expect(refusal('TLSv1.2', cipher, { type: 'DH', size: 2047 })).toBe('weak-cipher');
    expect(refusal('TLSv1.2', cipher, { type: 'DH', size: 2048 })).toBe('safe');
    expect(refusal('TLSv1.2', cipher, { type: 'ECDH', name: 'X25519', size: 253 })).toBe('safe');
    expect(refusal('TLSv1.3', 'TLS_AES_128_GCM_SHA256', {})).toBe('safe');
  });
});

test('what is offered is what is accepted', () => {
  for (const cipher of ciphers.split(':')) {
    expect(refusal(cipher.startsWith('TLS_') ? 'TLSv1.3' : 'TLSv1.2', cipher)).toBe('safe');
  }
});
