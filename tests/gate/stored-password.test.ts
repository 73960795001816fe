import { expect, test } from 'vitest';
import { readStoredPassword, writeStoredPassword } from '../../proxy/gate/stored-password.ts';

const relay = (name: string, server: string) =>
  ({ name, server, protocol: 'imap', listen: 1, port: 993, tls: 'implicit' }) as const;

test('a password is stored with the servers of its account, each once', () => {
  const relays = [relay('a', 'IMAP.test.'), relay('b', 'imap.test'), relay('c', 'smtp.test')];
  expect(readStoredPassword(writeStoredPassword('pass', { relays }))).toEqual({
    password: 'pass',
    servers: ['imap.test', 'smtp.test'],
  });
});

test('nothing, and what is none', () => {
  for (const text of [null, '', 'x', '{}', '{"password":1,"servers":[]}']) expect(readStoredPassword(text)).toBeNull();
});
