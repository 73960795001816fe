import { expect, test } from 'vitest';
import { configurationSchema } from '../proxy/contract/index.ts';
import { settleAccounts } from '../proxy/settle-accounts.ts';

type Settled = Parameters<Parameters<typeof settleAccounts>[0]['settle']>;

function accountsOf(...names: string[]) {
  const accounts = names.map((name, at) => ({
    name,
    relays: [{ name, protocol: 'imap', listen: 1143 + at, server: `${name}.test`, port: 993, tls: 'implicit' }],
  }));
  return configurationSchema.parse({ version: 1, accounts }).accounts;
}

/** What a desk is told, decisions of `decided` being there. */
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
