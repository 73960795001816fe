import { expect, test } from 'vitest';
import { isTokenMechanism, wayOf } from '../../proxy/protocols/sign-in-way.ts';

test.each([
  [['PLAIN'], false, 'password'],
  [['XOAUTH2', 'CRAM-MD5'], false, 'password'],
  [['XOAUTH2'], true, 'password'],
  [[], true, 'password'],
  [['XOAUTH2', 'OAUTHBEARER'], false, 'oauth-only'],
  [['xoauth2'], false, 'oauth-only'],
  [['XOAUTH2', ''], false, 'oauth-only'],
  [[], false, 'unknown'],
] as const)('%j, plain %s: %s', (mechanisms, plain, way) => {
  expect(wayOf(mechanisms, plain)).toBe(way);
});

test('mechanisms that take a token', () => {
  expect(['XOAUTH2', 'oauthbearer', 'PLAIN', 'XOAUTH', ''].map(isTokenMechanism)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
