import { expect, test } from 'vitest';
import { NoToken } from '../../proxy/gate/access-tokens.ts';
import { VaultUnavailable } from '../../proxy/vault/secret-store.ts';
import { gateFor, localPassword, longPassword } from './support/gates.ts';
import { scriptedTokens } from './support/scripted-tokens.ts';

const { signal } = new AbortController();
const here = 'MAIL.example.org.';
const oauth = { kind: 'oauth', user: 'alice', provider: 'example' } as const;

test('whoever knows the local password is let in', async () => {
  const { gate } = gateFor();
  expect(await gate.admits({ kind: 'password', password: localPassword })).toBe(true);
  expect(await gate.admits({ kind: 'password', password: longPassword })).toBe(false);
});

test('100: a stored password is for the servers that it was stored for', async () => {
  const { gate, state } = gateFor();
  expect(await gate.credential(here, signal)).toEqual({ kind: 'password', user: 'alice', password: longPassword });
  await expect(gate.credential('evil.example.org', signal)).rejects.toMatchObject({ reason: 'sign-in-needed' });
  expect(state.get('accounts', 'A')?.signIn.needed?.reason).toBe('servers-changed');
});

test('one that was turned down rests, until another is stored or five minutes have passed', async () => {
  const { gate, clock, state } = gateFor();
  const credential = await gate.credential(here, signal);
  gate.refused(credential);
  await expect(gate.credential(here, signal)).rejects.toMatchObject({
    finding: { code: 'sign-in-needed', facts: { need: 'password-refused' } },
  });
  expect(state.get('accounts', 'A')?.signIn.needed?.reason).toBe('password-refused');
  clock.now = 5 * 60_000;
  expect(await gate.credential(here, signal)).toEqual(credential);
  gate.refused(credential);
  gate.accepted();
  expect(await gate.credential(here, signal)).toEqual(credential);
  expect(state.get('accounts', 'A')?.signIn.needed).toBeUndefined();
});

test('a mail program is held until a person has given what is needed', async () => {
  const { gate, clock, secrets, signIns } = gateFor();
  const kept = await secrets.read('A', 'upstream-password');
  await secrets.remove('A', 'upstream-password');
  clock.decisionMilliseconds = 60_000;
  const waiting = gate.credential(here, signal);
  await secrets.write('A', 'upstream-password', kept ?? '');
  // Until it is waiting and has been noted.
  while (!signIns.needed('A')) await new Promise((resolve) => setImmediate(resolve));
  signIns.given('A');
  expect(await waiting).toMatchObject({ password: longPassword });
});

test('a token comes from the issuer; without consent a person is asked, without the issuer nobody is', async () => {
  const down = new NoToken('issuer-unavailable', 'login.example.org');
  const { gate } = gateFor(oauth, { tokens: scriptedTokens('one', 'two') });
  const first = await gate.credential(here, signal);
  expect(first).toEqual({ kind: 'token', user: 'alice', token: 'one' });
  expect(await gate.renewed(first, here, signal)).toMatchObject({ token: 'two' });
  const unasked = gateFor(oauth, { tokens: scriptedTokens(null) });
  await expect(unasked.gate.credential(here, signal)).rejects.toMatchObject({ reason: 'sign-in-needed' });
  expect(unasked.signIns.needed('A')).toBe('consent-missing');
  await expect(unasked.gate.renewed(first, here, signal)).rejects.toMatchObject({ reason: 'sign-in-needed' });
  const gone = gateFor(oauth, { tokens: scriptedTokens(down) });
  await expect(gone.gate.credential(here, signal)).rejects.toMatchObject({
    reason: 'upstream-unreachable',
    finding: { code: 'issuer-unavailable', facts: { issuer: 'login.example.org' } },
  });
  expect(gone.signIns.needed('A')).toBeUndefined();
});

test('a password is never renewed, and only a password rests', async () => {
  const { gate, signIns } = gateFor();
  expect(await gate.renewed(await gate.credential(here, signal), here, signal)).toBeNull();
  gate.refused({ kind: 'token', user: 'alice', token: 'x' });
  expect(signIns.needed('A')).toBeUndefined();
});

test('106: a vault that does not open is said, and no password is taken for wrong', async () => {
  const { gate, secrets, signIns } = gateFor();
  secrets.read = () => Promise.reject(new VaultUnavailable('key-locked', 'locked'));
  await expect(gate.admits({ kind: 'password', password: 'x' })).rejects.toMatchObject({
    finding: { code: 'sign-in-needed', facts: { need: 'vault-unavailable' } },
  });
  expect(signIns.needed('A')).toBe('vault-unavailable');
  await expect(gate.credential(here, signal)).rejects.toMatchObject({ reason: 'sign-in-needed' });
});
