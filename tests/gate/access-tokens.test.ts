import { expect, test } from 'vitest';
import { NoToken } from '../../proxy/gate/access-tokens.ts';

test('why there is no token is a word for programs, and the issuer a name for people', () => {
  const missing = new NoToken('issuer-unavailable', 'login.example.org', { cause: new Error('503') });
  expect(missing).toMatchObject({ because: 'issuer-unavailable', issuer: 'login.example.org' });
  expect(new NoToken('consent-needed').issuer).toBeUndefined();
});
