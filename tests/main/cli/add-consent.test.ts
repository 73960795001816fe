import { expect, test } from 'vitest';
import { consentSignIn } from '../../../main/cli/add-consent.ts';
import type { DiscoveryReport } from '../../../proxy/contract/index.ts';

const report = (provider: string | null) =>
  ({ user: 'ada@x.test', provider: provider === null ? null : { name: provider } }) as DiscoveryReport;

async function ask(provider: string | null, known = {}, answers: string[] | null = null) {
  const said: string[] = [];
  const terminal = answers && { question: async () => answers.shift() ?? null };
  const wish = { clientId: undefined, issuer: undefined, ...known };
  const signIn = await consentSignIn(report(provider), wish, terminal, {
    lines: (...lines) => void said.push(...lines),
  });
  return { signIn, said: said.join('\n') };
}

test('a provider that registers by itself needs nothing', async () => {
  expect((await ask('Fastmail')).signIn).toEqual({ kind: 'oauth', user: 'ada@x.test', provider: 'fastmail' });
});

test('one that wants a client id: given, typed after the steps, or missing', async () => {
  const signIn = { kind: 'oauth', user: 'ada@x.test', provider: 'microsoft', clientId: 'an-id' };
  expect((await ask('Outlook.com', { clientId: 'an-id' })).signIn).toEqual(signIn);
  const typed = await ask('Outlook.com', {}, ['an-id']);
  expect(typed.signIn).toEqual(signIn);
  expect(typed.said).toContain('App registrations');
  const missing = await ask('Outlook.com');
  expect(missing.signIn).toBeNull();
  expect(missing.said).toContain('--client-id');
});

test('one that gives client ids by contract alone: what to do instead', async () => {
  const { signIn, said } = await ask('Yahoo Mail', {}, ['an-id']);
  expect(signIn).toBeNull();
  expect(said).toContain('app password');
});

test('a server of one’s own: the issuer, over https alone', async () => {
  const issuer = 'https://login.x.test/';
  expect((await ask(null, {}, [issuer])).signIn).toEqual({ kind: 'oauth', user: 'ada@x.test', issuer });
  expect((await ask(null, { issuer, clientId: 'c' })).signIn).toMatchObject({ issuer, clientId: 'c' });
  for (const typed of ['http://login.x.test/', 'login.x.test', '']) {
    expect((await ask(null, {}, [typed])).said).toContain('--issuer');
  }
});
