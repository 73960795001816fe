import { expect, test } from 'vitest';
import { declinedMechanism } from '../../../proxy/dialects/ldap/mechanisms.ts';

const bind = (mechanism: string) =>
  declinedMechanism({ version: 3, name: '', by: { kind: 'sasl', mechanism, credentials: null } });

test.each(['PLAIN', 'plain', 'EXTERNAL', 'CRAM-MD5', 'SCRAM-SHA-256', 'OAUTHBEARER', ''])('%j is passed on', (name) => {
  expect(bind(name)).toBeNull();
});

test.each(['GSSAPI', 'GSS-SPNEGO', 'DIGEST-MD5', 'SCRAM-SHA-256-PLUS', 'SRP', 'KERBEROS_V4', 'NEW-ONE'])(
  '%s, which may protect the connection by itself or is bound to the channel, is not',
  (name) => {
    expect(bind(name)).toMatch(/protected already/);
  },
);

test('a password is passed on, and the ways of before LDAPv3 are not', () => {
  const of = { version: 3, name: 'cn=a' };
  expect(declinedMechanism({ ...of, by: { kind: 'simple', password: Buffer.from('x') } })).toBeNull();
  expect(declinedMechanism({ ...of, by: { kind: 'other' } })).toMatch(/protected already/);
});
