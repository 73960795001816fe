import { expect, test } from 'vitest';
import { configurationSchema } from '../proxy/contract/index.ts';
import { settleAccounts, settleSecrets } from '../proxy/settle-accounts.ts';

type Settled = Parameters<Parameters<typeof settleAccounts>[0]['settle']>;

function accountsOf(...names: string[]) {
  const accounts = names.map((name, at) => ({
    name,
    relays: [{ name, protocol: 'imap', listen: 1143 + at, server: `${name}.test`, port: 993, tls: 'implicit' }],
  }));
  return configurationSchema.parse({ version: 1, accounts }).accounts;
}

/** What a desk is told when there are decisions for `decided`. */
function settled(decided: string[], before: string[], after: string[]): Settled | null {
  let told: Settled | null = null;
  const desk = {
    settle(...all: Settled) {
      told = all;
    },
  };
  settleAccounts(
    desk,
    decided.map((account) => ({ account })),
    accountsOf(...before),
    accountsOf(...after),
  );
  return told;
}

test.each([
  ['an account that is removed', ['a', 'b'], ['a', 'b'], ['b'], ['a']],
  ['the last account', ['a'], ['a'], [], ['a']],
  ['one that was removed while Postern did not run', ['a', 'b'], [], ['b'], ['a']],
  ['none, when all are there', ['a'], ['a'], ['a', 'b'], []],
])('goes: %s', (_, decided, before, after, gone) => {
  expect([...new Set(settled(decided, before, after)?.[1])]).toEqual(gone);
});

test('nothing goes at a start without any account: the configuration may have been mislaid', () => {
  expect(settled(['a'], [], [])).toBeNull();
});

test('the servers of every account are told', () => {
  expect(settled([], [], ['a', 'b'])?.[0]).toEqual([
    { account: 'a', server: 'a.test', port: 993 },
    { account: 'b', server: 'b.test', port: 993 },
  ]);
});

test.each([
  ['goes with an account that is removed', ['a', 'b'], ['a', 'b'], ['b'], ['withdraw a', 'remove a']],
  ['goes with one that was removed while Postern did not run', ['a', 'b'], [], ['b'], ['remove a']],
  ['stays at a start without any account', ['a'], [], [], []],
  ['stays with an account that stays', ['a'], ['a'], ['a', 'c'], []],
])('what is stored %s', async (_, stored, before, after, done) => {
  expect(await secretsSettled(stored, accountsOf(...before), accountsOf(...after))).toEqual(done);
});

test('what is stored goes on under the new name of an account', async () => {
  const before = accountsOf('a');
  const after = before.map((account) => ({ ...account, name: 'new' }));
  expect(await secretsSettled(['a'], before, after)).toEqual(['rename a new']);
});

async function secretsSettled(
  stored: string[],
  ...accounts: [ReturnType<typeof accountsOf>, ReturnType<typeof accountsOf>]
) {
  const done: string[] = [];
  let names = stored;
  const vault = {
    accounts: () => names,
    async remove(name: string) {
      done.push(`remove ${name}`);
    },
    async rename(from: string, to: string) {
      done.push(`rename ${from} ${to}`);
      names = names.map((name) => (name === from ? to : name));
    },
  };
  await settleSecrets(vault, ...accounts, async ({ name }) => void done.push(`withdraw ${name}`));
  return done;
}
