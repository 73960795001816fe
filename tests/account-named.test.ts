import { expect, test } from 'vitest';
import { accountNamed } from '../proxy/account-named.ts';
import { configurationSchema } from '../proxy/contract/index.ts';

test('an account is found by its very name, and one that is not there is named', () => {
  const relay = { name: 'r', protocol: 'imap', listen: 1143, server: 'imap.example.org', port: 993, tls: 'implicit' };
  const configuration = configurationSchema.parse({ version: 1, accounts: [{ name: 'Work', relays: [relay] }] });
  expect(accountNamed(configuration, 'Work').name).toBe('Work');
  expect(() => accountNamed(configuration, 'work')).toThrow(
    expect.objectContaining({ code: 'not-found', message: 'There is no account named “work”. Did you mean “Work”?' }),
  );
});
