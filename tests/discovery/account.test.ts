import { expect, test } from 'vitest';
import { configurationSchema, type ServerPlace } from '../../proxy/contract/index.ts';
import { accountFor, planAccount } from '../../proxy/discovery/account.ts';

const servers: ServerPlace[] = [
  { protocol: 'imap', server: 'imap.a.test', port: 993, tls: 'implicit' },
  { protocol: 'smtp', server: 'smtp.a.test', port: 587, tls: 'starttls' },
];

test('a relay for each server, named after the account', () => {
  expect(accountFor('alice@a.test', servers, [1143, '127.0.0.1:1587'], [])).toEqual({
    name: 'alice@a.test',
    relays: [
      { ...servers[0], name: 'alice-a-test-imap', listen: 1143 },
      { ...servers[1], name: 'alice-a-test-smtp', listen: '127.0.0.1:1587' },
    ],
  });
});

test('names that others have are not taken, and the whole is a sound configuration', () => {
  const accounts: ReturnType<typeof accountFor>[] = [];
  for (const [at, name] of ['alice@a.test', 'Alice A. Test', 'älice a test', '☃'].entries()) {
    accounts.push(accountFor(name, servers, [2000 + at, 3000 + at], accounts));
  }
  expect(accounts.flatMap(({ relays }) => relays.map(({ name }) => name))).toEqual([
    'alice-a-test-imap',
    'alice-a-test-smtp',
    'alice-a-test-imap-2',
    'alice-a-test-smtp-2',
    'alice-a-test-imap-3',
    'alice-a-test-smtp-3',
    'account-imap',
    'account-smtp',
  ]);
  expect(configurationSchema.safeParse({ version: 1, accounts }).success).toBe(true);
});

test('a long name makes a name that the configuration takes', () => {
  const account = accountFor('x'.repeat(100), servers, [1, 2], []);
  expect(configurationSchema.safeParse({ version: 1, accounts: [account] }).success).toBe(true);
});

test('an account is planned on ports that are free, under a name that is', async () => {
  const free = async (protocols: string[]) => protocols.map((_, at) => ({ listen: 4000 + at }));
  const account = await planAccount({ name: 'A', servers }, [], free);
  expect(account.relays.map(({ listen }) => listen)).toEqual([4000, 4001]);
  await expect(planAccount({ name: 'A', servers }, [account], free)).rejects.toMatchObject({ code: 'bad-input' });
  const scarce = async () => [{ listen: 4000 }];
  await expect(planAccount({ name: 'B', servers }, [account], scarce)).rejects.toThrow('No free port');
});
