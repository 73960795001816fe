import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FilledCard } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { needProgram } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { directoryTop, personDn, startSlapd } from '../support/slapd.ts';
import { typeInto } from './support/terminal.ts';

// A program's address book, which is told nothing of TLS, through the built product from a real OpenLDAP server.

test('Alpine, set up by what its card says, looks somebody up', async () => {
  needProgram('alpine');
  const server = 'ldap.example.test';
  const identity = issue(createAuthority(), { names: [server] });
  const slapd = await startSlapd({ identity, people: [{ uid: 'alice' }, { uid: 'bob' }] });
  const place = { server, address: '127.0.0.1', port: slapd.ports.ldap, listen: '127.0.0.1:0' };
  const postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [{ name: 'Book', relays: [{ ...place, name: 'book', protocol: 'ldap', tls: 'starttls' }] }],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
    },
  });
  const { stdout } = await postern.command('card', 'Book', 'alpine', '--user', personDn('alice'), '--json');
  const [step] = (JSON.parse(stdout.toString()) as FilledCard).steps;
  const home = scratchDirectory('alpine');
  const line = step?.fields.map(({ label, value }) => `${label}${value.replace(/<[^>]*>/, directoryTop)}`)[0] ?? '';
  // Without a sign-in, as the card's note says: alpine would ask for the password. With a domain: what it says about a computer that
  // has none, it says for seconds, and drops the keys that are typed meanwhile.
  const settings = [
    'user-domain=example.test',
    `inbox-path=${join(home, 'inbox')}`,
    line.replace(/\/binddn=[^"]*/, ''),
  ];
  writeFileSync(join(home, '.pinerc'), `${settings.join('\n')}\n`);
  writeFileSync(join(home, 'inbox'), '');
  const program = await typeInto('alpine', { HOME: home, TERM: 'ansi', LC_ALL: 'C' }, [
    [/Exit this greeting/, 'e'],
    [/Folder: INBOX/, 'a'],
    [/ADDRESS BOOK LIST/, 'n'],
    [/\[Search\]/, '\r'],
    [/String to search for/, 'alice\r'],
  ]);
  await program.comesTo(() => program.shown().includes('alice@example.test'));
  expect(program.shown()).toContain('alice Lovelace');
});
