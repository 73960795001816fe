import { expect, test } from 'vitest';
import { accountLines } from '../../../main/cli/add-lines.ts';
import { type AccountConfiguration, type Protocol, protocolFacts } from '../../../proxy/contract/index.ts';

// What is said of an account that was added, by what its paths are for.

function account(protocols: readonly Protocol[], own: Partial<AccountConfiguration> = {}): AccountConfiguration {
  const relays = protocols.map((protocol) => ({
    ...{ name: `a-${protocol}`, protocol, listen: `127.0.0.1:${protocolFacts[protocol].suggestedPort}` },
    ...{ server: `${protocol}.example.org`, port: protocolFacts[protocol].ports.implicit, tls: 'implicit' as const },
  }));
  return { name: 'A', relays, ...own };
}

const said = (given: AccountConfiguration) =>
  accountLines(given, { user: 'ada@example.org', provider: null }, true).join('\n');

test.each<[Protocol[], RegExp[]]>([
  [
    ['imap', 'smtp'],
    [/into your mail program:/, /User name: ada@example\.org {3}Password: that of your mailbox/],
  ],
  [
    ['imap', 'smtp', 'nntp'],
    [/into your mail program:/, /Password: that of your mailbox/],
  ],
  [['nntp'], [/into your news program:/, /those that the news server knows you by, or none where it wants none$/m]],
  [['ldap'], [/into your address book:/, /those that the directory knows you by.*\n.*uid=ada,ou=people/]],
  [
    ['nntp', 'ldap'],
    [/into your program:/, /those that the server knows you by.*\n.*A directory’s user name/],
  ],
])('%j', (protocols, expected) => {
  const words = said(account(protocols));
  for (const each of expected) expect(words).toMatch(each);
  if (!protocols.includes('imap')) expect(words).not.toMatch(/mail program|mailbox|ada@example\.org/);
});

test('where Postern signs in, the program needs the local password, whatever the path is for', () => {
  const signIn = { kind: 'stored', user: 'ada@example.org' } as const;
  for (const protocols of [['imap', 'smtp'], ['nntp'], ['ldap']] as Protocol[][]) {
    expect(said(account(protocols, { signIn }))).toContain('Password: the account’s local password');
  }
  const book = said(account(['ldap'], { signIn }));
  expect(book).toContain('Postern signs in as ada@example.org. If the directory knows you by another name');
  expect(book).toContain('give Postern the directory’s password');
  expect(said(account(['imap'], { signIn }))).not.toContain('knows you by another name');
});
