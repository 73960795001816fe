import { expect, test } from 'vitest';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { shownAnswer, shownRequest } from '../../proxy/protocols/ldap-redaction.ts';

const password = Buffer.from('secret');

test('a bind shows its form, and neither the name nor what proves it', () => {
  const bind = { version: 3, name: 'cn=typed-a-password-here' };
  expect(shownRequest(op.bindRequest, { ...bind, by: { kind: 'simple', password } })).toBe(
    'bindRequest (version 3, simple) ‹secret›',
  );
  const plain = { kind: 'sasl', mechanism: 'plain', credentials: password } as const;
  expect(shownRequest(op.bindRequest, { ...bind, by: plain })).toBe('bindRequest (version 3, PLAIN) ‹secret›');
  const odd = { kind: 'sasl', mechanism: 'secret', credentials: null } as const;
  expect(shownRequest(op.bindRequest, { ...bind, by: odd })).toBe('bindRequest (version 3, ‹secret›) ‹secret›');
  expect(shownRequest(op.searchRequest, null)).toBe('searchRequest');
});

test('an answer shows its result, by name where it means something here', () => {
  expect(shownAnswer(op.bindResponse, 49)).toBe('bindResponse 49 (invalidCredentials)');
  expect(shownAnswer(op.searchResultDone, 32)).toBe('searchResultDone 32');
  expect(shownAnswer(op.searchResultEntry, null)).toBe('searchResultEntry');
});
