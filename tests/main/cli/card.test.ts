import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../../support/clean-up.ts';
import { startPostern } from '../../support/postern.ts';
import { runProgram } from '../../support/programs.ts';
import { root } from '../../support/sources.ts';

// "postern card", as a person runs it: the built command.

const directory = scratchDirectory('card');
const account = (name: string, listens: Record<string, string>) => ({
  name,
  relays: Object.entries(listens).map(([protocol, listen]) => ({
    ...{ name: `${name}-${protocol}`, protocol, listen, server: 'mail.example.org', port: 993, tls: 'implicit' },
  })),
});
const lan = { allow: ['192.168.7.20'] };
const device = {
  protocol: 'smtp',
  listen: '192.168.7.1:1587',
  server: 'mail.example.org',
  port: 465,
  tls: 'implicit',
};
writeFileSync(
  join(directory, 'config.json'),
  JSON.stringify({
    version: 1,
    accounts: [
      account('Work', { imap: '127.0.0.1:1143', pop3: '127.0.0.1:1110', smtp: '127.0.0.1:1587' }),
      account('Sender', { smtp: '127.0.0.1:0' }),
      account('Reader', { imap: '127.0.0.1:1144' }),
      {
        name: 'Scans',
        relays: [
          { ...device, name: 'scans-off', lan: { ...lan, localTls: 'off' } },
          {
            ...device,
            ...{ name: 'scans-imap', protocol: 'imap', listen: '192.168.7.1:1143' },
            lan: { ...lan, reading: true, localTls: 'require' },
          },
        ],
      },
      { name: 'Secure', relays: [{ ...device, name: 'secure-smtp', listen: 'tls://192.168.7.1:465', lan }] },
      { name: 'Offer', relays: [{ ...device, name: 'offer-smtp', listen: '192.168.7.1:587', lan }] },
      { ...account('Club', { imap: '127.0.0.1:1145' }), signIn: { kind: 'stored', user: 'alice@example.org' } },
    ],
  }),
);

/** Runs it with the directory above, or with the one in `args`. */
async function card(...args: string[]) {
  const program = join(root, 'dist', 'main', 'cli.js');
  const ran = await runProgram(process.execPath, [program, 'card', '--data-dir', directory, ...args]);
  return { code: ran.code, stdout: ran.stdout.toString(), stderr: ran.stderr };
}

test('lists the programs, and below them the devices', async () => {
  const { code, stdout, stderr } = await card();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^There is a card for:\n\n {2}outlook-express +Outlook Express 5 and 6\n/);
  expect(stdout).toMatch(
    /\n {2}mutt +mutt\n(?: {2}.*\n)* {2}pan +Pan\n\nand for devices that send:\n\n {2}scanner +A scanner, copier or other/,
  );
  // Each suggested command reaches the Postern that was asked.
  expect(stdout.endsWith(`\n\nFor example: postern card Work outlook-express --data-dir ${directory}\n`)).toBe(true);
  expect((await card('Reader')).stdout).toContain('For example: postern card Reader outlook-express');
  expect(JSON.parse((await card('--json')).stdout)[0]).toEqual({
    ...{ id: 'outlook-express', name: 'Outlook Express 5 and 6', protocols: ['imap', 'pop3', 'smtp', 'nntp', 'ldap'] },
    checked: 'source',
  });
});

test('shows where the local password is, for an account that Postern signs in for', async () => {
  const { stdout } = await card('Club', 'outlook-express');
  expect(stdout).toContain('alice');
  expect(stdout).toContain(`<the local password: postern accounts local-password Club --data-dir ${directory}>`);
  expect(stdout).not.toContain('<your password>');
});

test('shows a card, field by field', async () => {
  const { code, stdout } = await card('Work', 'Outlook Express', '--user', 'ada@example.org');
  expect(code).toBe(0);
  expect(stdout).toContain(`Outlook Express 5 and 6, for the account Work (IMAP and SMTP)
`);
  expect(stdout).toContain(`
2. Tools > Accounts… > Mail > the account > Properties > Servers
     My incoming mail server is a                  choose: IMAP
     Incoming mail (IMAP)                          127.0.0.1
     Outgoing mail (SMTP)                          127.0.0.1
     Account name                                  ada@example.org
     Password                                      <your password>
     Log on using Secure Password Authentication   [ ] off
     My server requires authentication             [x] on
`);
  expect(stdout).toContain(`
4. Tools > Accounts… > Mail > the account > Properties > Advanced
     Outgoing mail (SMTP)                             1587
     This server requires a secure connection (SSL)   [ ] off   (The box below the outgoing port.)
     Incoming mail (IMAP)                             1143
     This server requires a secure connection (SSL)   [ ] off   (The box below the incoming port.)
`);
});

test('POP3 instead, another address, and as data', async () => {
  const { stdout } = await card('Work', 'sylpheed', '--pop3', '--host', '10.0.2.2', '--json');
  const shown = JSON.parse(stdout);
  expect(shown).toMatchObject({
    account: 'Work',
    id: 'sylpheed',
    protocols: ['pop3', 'smtp'],
    fixedPorts: [],
    missing: [],
  });
  const fields = shown.steps.flatMap((step: { fields: { label: string; value: string }[] }) => step.fields);
  const value = (label: string) => fields.find((field: { label: string }) => field.label === label).value;
  expect([value('Server for receiving'), value('Specify POP3 port')]).toEqual(['10.0.2.2', '1110']);
});

test('a user name goes into a URL the way it has to', async () => {
  const { stdout } = await card('Work', 'mutt', '--user', 'ada@example.org');
  expect(stdout).toMatch(/set smtp_url = +"smtp:\/\/ada%40example\.org@127\.0\.0\.1:1587\/"/);
});

test('says what a program cannot be told, and what the account does not have', async () => {
  const { stdout } = await card('Reader', 'netscape-4');
  expect(stdout).toContain('The account has nothing to send with in this program; add a relay for it.\n');
  expect(stdout).toMatch(
    /always uses 143 for IMAP, but Reader-imap listens on 1144: change its "listen" to 143\. Ports below 1024 take .*\n/,
  );
});

const plain = 'Between the program and Postern there is no encryption';

test.each([
  ['Scans', 'sylpheed', /^scans-imap: choose STARTTLS .* where this card says none/m],
  ['Scans', 'sylpheed', /^scans-off: no encryption .*: what it sends crosses the local network as it is\.$/m],
  ['Secure', 'scanner', /^secure-smtp: choose SSL\/TLS \(not STARTTLS\) where this card says none/m],
  ['Offer', 'scanner', /^offer-smtp: if it can, choose STARTTLS/m],
])('the card of %s, for %s, says how the way to Postern is protected: %s', async (name, program, words) => {
  const { stdout } = await card(name, program);
  expect(stdout).toMatch(words);
  expect(stdout).not.toContain(plain);
});

test('where nothing leaves this computer, the card says that no encryption is needed', async () => {
  expect((await card('Work', 'sylpheed')).stdout).toContain(plain);
});

test('a port that the system chooses is known while Postern runs', async () => {
  const words =
    'postern: "Sender-smtp" listens on a port that the system chooses. Start Postern first, or give it a port of its own.\n';
  expect(await card('Sender', 'scanner')).toEqual({ code: 1, stdout: '', stderr: words });
  const postern = await startPostern({
    configuration: { version: 1, accounts: [account('Sender', { smtp: '127.0.0.1:0' })] as never },
  });
  const { stdout } = await postern.command('card', 'Sender', 'scanner');
  expect(stdout.toString()).toMatch(new RegExp(`SMTP server port number +${postern.port('Sender-smtp')}\n`));
  await postern.stop();
});

test('without any account', async () => {
  const nothing = scratchDirectory('nothing');
  const stderr = `postern: There is no account yet. "postern add ADDRESS --data-dir ${nothing}" creates one from an e-mail address.\n`;
  expect(await card('Work', 'mutt', '--data-dir', nothing)).toEqual({ code: 1, stdout: '', stderr });
});

describe('what is wrong is said', () => {
  test.each<[string[], number, string]>([
    [
      ['mutt'],
      2,
      `postern: The account comes before the program: postern card ACCOUNT mutt --data-dir ${directory} There is: "Work", "Sender", "Reader", "Scans", "Secure", "Offer", "Club".\nTry: postern card --help\n`,
    ],
    [['Wrok', 'mutt'], 1, 'postern: There is no account "Wrok". Did you mean "Work"?\n'],
    [
      ['Home', 'mutt'],
      1,
      'postern: There is no account "Home". There is: "Work", "Sender", "Reader", "Scans", "Secure", "Offer", "Club".\n',
    ],
    [
      ['Home'],
      1,
      'postern: There is no account "Home". There is: "Work", "Sender", "Reader", "Scans", "Secure", "Offer", "Club".\n',
    ],
    [
      ['Reader', 'scanner'],
      1,
      'postern: "Reader" has nothing for A scanner, copier or other device that sends mail, which uses SMTP.\n',
    ],
    [['Reader', 'mutt', '--pop3'], 1, 'postern: "Reader" has nothing for mutt, which uses POP3.\n'],
    [
      ['Work', 'outlook'],
      2,
      'postern: There is no card for "outlook". Did you mean outlook-express or outlook-express-mac or outlook-2000 or outlook-2003?\nTry: postern card --help\n',
    ],
    [
      ['Work', 'thunderbird'],
      2,
      `postern: There is no card for "thunderbird". "postern card --data-dir ${directory}" lists the programs.\nTry: postern card --help\n`,
    ],
  ])('%j', async (args, code, stderr) => {
    expect(await card(...args)).toEqual({ code, stdout: '', stderr });
  });
});
