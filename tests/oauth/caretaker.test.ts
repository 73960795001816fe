import { expect, test } from 'vitest';
import { configurationSchema } from '../../proxy/contract/index.ts';
import { lookAfterConsents } from '../../proxy/oauth/caretaker.ts';
import { newGrant, type OAuthAccount, saveGrant } from '../../proxy/oauth/grant.ts';
import { memoryVault } from './support/stage.ts';

const begun = new Date('2026-01-01T12:00:00Z');
const { accounts } = configurationSchema.parse({
  version: 1,
  accounts: ['Mail', 'New'].map((name) => ({
    name,
    signIn: { kind: 'oauth', user: 'u', provider: 'microsoft' },
    relays: [{ name: `${name}-imap`, protocol: 'imap', listen: 0, server: 'mail.test', port: 993, tls: 'implicit' }],
  })),
});
const [mail, fresh] = accounts as [OAuthAccount, OAuthAccount];
const tokens = { accessToken: 'a', refreshToken: 'r', expiresIn: 3600, refreshExpiresIn: null };

async function look(days: number, renewal: 'works' | 'fails', server = 'mail.test') {
  const vault = memoryVault();
  const client = { id: 'c', secret: null };
  await saveGrant(vault, 'Mail', newGrant(mail, client, tokens, begun));
  const now = () => new Date(begun.getTime() + days * 86_400_000);
  const told: string[] = [];
  await lookAfterConsents(
    [{ ...mail, relays: mail.relays.map((relay) => ({ ...relay, server })) }, fresh],
    {
      vault,
      now,
      tokens: {
        async keepAlive(account) {
          told.push(`used ${account}`);
          if (renewal === 'fails') throw new Error('no network');
          await saveGrant(vault, account, newGrant(mail, client, tokens, now()));
        },
      },
      signIns: {
        need: (account, reason) => told.push(`${account} ${reason}`),
        warn: (account, warnings) => told.push(`${account} ${warnings.join(' ')}`),
      },
    },
    new AbortController().signal,
  );
  return told;
}

test('a consent that is in use is left alone; one that is missing is said', async () => {
  expect(await look(10, 'works')).toEqual(['New consent-missing']);
});

test('one that would end for want of use is used; where that fails near its end, there is a warning', async () => {
  expect(await look(80, 'works')).toEqual(['used Mail', 'New consent-missing']);
  expect(await look(80, 'fails')).toEqual([
    'used Mail',
    expect.stringContaining('Mail Nobody has used this consent'),
    'New consent-missing',
  ]);
});

test('a server that was changed since the consent is said at once', async () => {
  expect(await look(10, 'works', 'other.test')).toEqual(['Mail servers-changed', 'New consent-missing']);
});

test('a vault that does not open is no failure, and ends nothing', async () => {
  const vault = memoryVault();
  vault.read = () => Promise.reject(new Error('locked'));
  const context = { vault, now: () => begun, tokens: { keepAlive: async () => undefined } };
  const told: string[] = [];
  const signIns = { need: (name: string) => told.push(name), warn: (name: string) => told.push(name) };
  await lookAfterConsents([mail], { ...context, signIns }, new AbortController().signal);
  expect(told).toEqual([]);
});
