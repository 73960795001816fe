import { expect, test } from 'vitest';
import { renamedAccounts } from '../../proxy/config/renamed-accounts.ts';
import { configurationSchema } from '../../proxy/contract/index.ts';

function accountsOf(...named: [name: string, server: string][]) {
  const accounts = named.map(([name, server], at) => ({
    name,
    relays: [{ name: `r ${server}`, protocol: 'imap', listen: 1143 + at, server, port: 993, tls: 'implicit' }],
  }));
  return configurationSchema.parse({ version: 1, accounts }).accounts;
}

const before = accountsOf(['A', 'a.test'], ['B', 'b.test']);

test.each([
  ['one with another name and the same relays', accountsOf(['C', 'a.test'], ['B', 'b.test']), [['A', 'C']]],
  ['none that is still there', before, []],
  ['none whose relays differ', accountsOf(['C', 'other.test'], ['B', 'b.test']), []],
  ['none that is gone', accountsOf(['A', 'a.test']), []],
])('%s', (_, after, expected) => {
  expect([...renamedAccounts(before, after)]).toEqual(expected);
});

test('an account without relays has nothing to go by', () => {
  const empty = (name: string) => configurationSchema.parse({ version: 1, accounts: [{ name, relays: [] }] }).accounts;
  expect([...renamedAccounts(empty('A'), empty('B'))]).toEqual([]);
});
