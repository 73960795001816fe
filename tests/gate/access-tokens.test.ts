import { expect, test } from 'vitest';
import { NoToken } from '../../proxy/gate/access-tokens.ts';
import { scriptedTokens } from './support/scripted-tokens.ts';

const { signal } = new AbortController();

test('why there is no token is a word for programs, and the issuer a name for people', async () => {
  const missing = new NoToken('issuer-unavailable', 'login.example.org', { cause: new Error('503') });
  expect(missing).toMatchObject({ because: 'issuer-unavailable', issuer: 'login.example.org' });
  expect(new NoToken('consent-needed').issuer).toBeUndefined();
  const tokens = scriptedTokens('one', null);
  expect(await tokens.current('A', 'mail.test', signal)).toBe('one');
  await expect(tokens.renewed('A', 'mail.test', 'one', signal)).rejects.toMatchObject({ because: 'consent-needed' });
  expect(tokens.asked).toEqual(['current A mail.test', 'renewed A mail.test one']);
});
