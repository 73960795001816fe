import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { ConfigurationInput, FilledCard, FilledField, TlsMode } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type MailSystem, mailUsers, startMailSystem } from '../support/mail-system.ts';
import { deliveredMessages, type MailUser, serverName } from '../support/mail-users.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { startService, until } from '../support/service.ts';
import { root } from '../support/sources.ts';
import { withScreen } from './support/screen.ts';

// Real mail programs, set up by following their card and nothing else, send and receive through the built Postern.

const users = mailUsers('mutt-imap', 'mutt-pop3', 'sylpheed', 'scanner');
let system: MailSystem;
let postern: Postern;

beforeAll(async () => {
  system = await startMailSystem(Object.values(users));
  const relay = (name: string, protocol: 'imap' | 'pop3' | 'smtp', tls: TlsMode) => ({
    ...{ name, protocol, tls, listen: '127.0.0.1:0', server: serverName, address: '127.0.0.1' },
    port: system.port(protocol, tls),
  });
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      {
        name: 'Home',
        relays: [
          relay('home-imap', 'imap', 'implicit'),
          relay('home-pop3', 'pop3', 'starttls'),
          relay('home-smtp', 'smtp', 'starttls'),
        ],
      },
    ],
    certificateAuthorities: [system.authorityFile],
  };
  postern = await startPostern({ configuration });
});

/** The fields of a card, in order, as `postern card … --json` prints them. */
async function cardFields(program: string, user: MailUser, ...options: string[]): Promise<FilledField[]> {
  const own = ['--user', user.address, '--address', user.address];
  const { code, stdout, stderr } = await postern.command('card', 'Home', program, '--json', ...own, ...options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout.toString()) as FilledCard).steps.flatMap(({ fields }) => fields);
}

const message = (user: MailUser, subject: string) =>
  `From: ${user.address}\nTo: ${user.address}\nSubject: ${subject}\nMessage-Id: <${subject}@example.test>\n\nBy the card.\n`;

async function delivered(user: MailUser, subject: string): Promise<void> {
  const found = () =>
    deliveredMessages(system.dovecot.store, user).some((bytes) => bytes.toString().includes(`\nSubject: ${subject}\n`));
  await until(async () => found(), `"${subject}" is delivered`);
}

test.each(['imap', 'pop3'] as const)('mutt: its card is a .muttrc, by %s', async (incoming) => {
  const user = users[`mutt-${incoming}`];
  const fields = await cardFields('mutt', user, ...(incoming === 'pop3' ? ['--pop3'] : []));
  const folder = scratchDirectory('mutt');
  // The card leaves out personal details: here, the name. The passwords are what mutt would ask for.
  const lines = fields.filter(({ own }) => !own).map(({ label, value }) => `${label} ${value}`);
  const passwords = ['imap_pass', 'pop_pass', 'smtp_pass'].map((each) => `set ${each} = "${user.password}"`);
  writeFileSync(join(folder, '.muttrc'), `${[...lines, ...passwords].join('\n')}\n`, { mode: 0o600 });
  const env = { HOME: folder, TERM: 'xterm' };
  const subject = `mutt-${incoming}`;
  await mustRun('mutt', ['-n', '-e', 'unset record', '-s', subject, '--', user.address], {
    env,
    input: 'By the card.\n',
  });
  await delivered(user, subject);

  const copy = join(folder, 'copy');
  const keys =
    'set mbox_type=mbox confirmappend=no confirmcreate=no delete=no quit=yes pop_delete=no wait_key=no sleep_time=0; ' +
    `push "<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>${copy}<enter><quit>"`;
  await mustRun('script', ['-qec', `mutt -n -e '${keys}'`, '/dev/null'], { env });
  expect(readFileSync(copy, 'latin1')).toContain(`\nSubject: ${subject}\n`);
});

/** What a field of Sylpheed's account window becomes in its `accountrc`; check boxes and choices by position. */
const sylpheedKeys: Record<string, (value: string) => Record<string, string>> = {
  'Full name': (value) => ({ name: value }),
  'Mail address': (value) => ({ address: value }),
  Protocol: (value) => ({ protocol: { POP3: '0', IMAP4: '3' }[value] ?? value }),
  'Server for receiving': (value) => ({ receive_server: value }),
  'SMTP server (send)': (value) => ({ smtp_server: value }),
  'User ID': (value) => ({ user_id: value }),
  'SMTP Authentication (SMTP AUTH)': (value) => ({ use_smtp_auth: value === 'on' ? '1' : '0' }),
  POP3: (value) => ({ ssl_pop: value === "Don't use SSL" ? '0' : '1' }),
  'Send (SMTP)': (value) => ({ ssl_smtp: value === "Don't use SSL" ? '0' : '1' }),
  'Specify SMTP port': (value) => ({ set_smtpport: '1', smtp_port: value }),
  'Specify POP3 port': (value) => ({ set_popport: '1', pop_port: value }),
};

test('Sylpheed: its account window is filled in by the card', async () => {
  const user = users.sylpheed;
  const settings: Record<string, string> = { account_name: 'Home', is_default: '1', password: user.password };
  for (const { label, value, own } of await cardFields('sylpheed', user, '--pop3')) {
    if (label === 'Password') continue;
    const keys = sylpheedKeys[label];
    expect(keys, label).toBeDefined();
    Object.assign(settings, keys?.(own ? 'Ada' : value));
  }
  const home = mkdtempSync(join(scratchDirectory('sylpheed'), 'h'));
  const mail = join(home, 'Mail');
  mkdirSync(join(home, '.sylpheed-2.0'), { mode: 0o700 });
  for (const folder of ['inbox', 'sent', 'draft', 'queue', 'trash']) mkdirSync(join(mail, folder), { recursive: true });
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(home, '.sylpheed-2.0', 'accountrc'), `[Account: 1]\n${lines.join('')}`, { mode: 0o600 });
  const items = ['inbox', 'sent', 'draft', 'queue', 'trash'].map((folder) => {
    const type = folder === 'sent' ? 'outbox' : folder;
    return `<folderitem type="${type}" name="${folder}" path="${folder}"/>`;
  });
  writeFileSync(
    join(home, '.sylpheed-2.0', 'folderlist.xml'),
    `<?xml version="1.0" encoding="UTF-8"?><folderlist><folder type="mh" name="Mailbox" path="Mail">${items.join('')}</folder></folderlist>`,
  );
  // A message waiting in the queue: who sends it, to whom, from which account, and the message itself.
  writeFileSync(
    join(mail, 'queue', '1'),
    `S:${user.address}\nSSV:${settings.smtp_server}\nR:<${user.address}>\nMAID:1\n\n${message(user, 'sylpheed')}`,
  );
  await withScreen(async (display) => {
    const env = { HOME: home, TMPDIR: home, DISPLAY: display };
    const sylpheed = async (does: string, isDone: () => boolean) => {
      const program = await startService('sylpheed', [does], { env, isReady: async () => isDone() });
      await program.stop();
    };
    await sylpheed('--send', () => readdirSync(join(mail, 'queue')).every((name) => !/^\d+$/.test(name)));
    await delivered(user, 'sylpheed');
    await sylpheed('--receive-all', () => existsSync(join(mail, 'inbox', '1')));
  });
  const received = readFileSync(join(mail, 'inbox', '1'), 'latin1');
  expect(received).toContain('\nSubject: sylpheed\n');
  expect(received).toContain('\n\nBy the card.\n');
});

/** Sends one message as a scanner does that was set up from the card. Returns curl's exit code. */
async function scan(subject: string, fields: readonly FilledField[], ...options: string[]): Promise<number | null> {
  const user = users.scanner;
  const value = (label: string) => fields.find((field) => field.label === label)?.value ?? '';
  expect(value('Secure connection (SSL/TLS)')).toBe('None');
  expect(value('Authentication method')).toBe('SMTP AUTH');
  const { code } = await runProgram(
    'curl',
    [
      ...['--silent', '--show-error', '--login-options', 'AUTH=LOGIN', ...options],
      ...['--user', `${value('Authenticated account (user name)')}:${user.password}`],
      ...['--mail-from', value('Sender’s e-mail address'), '--mail-rcpt', user.address, '--upload-file', '-'],
      `smtp://${value('SMTP server address')}:${value('SMTP server port number')}/scanner.example.test`,
    ],
    { input: message(user, subject).replaceAll('\n', '\r\n') },
  );
  return code;
}

test('a scanner, played by curl: server, port, no encryption, user name and password', async () => {
  expect(await scan('scan', await cardFields('scanner', users.scanner))).toBe(0);
  await delivered(users.scanner, 'scan');
});

test('a scanner on the way that docs/scanner.md lays for it, and another address on the same way', async () => {
  const [, words = ''] = /^socat (.*)$/m.exec(readFileSync(join(root, 'docs', 'scanner.md'), 'utf8')) ?? [];
  const fields = await cardFields('scanner', users.scanner, '--host', '127.0.0.5');
  const port = fields.find(({ sets }) => sets.includes('outgoing-port'));
  // The document's addresses replaced by addresses of this computer, and a free port to listen on.
  const args = words
    .replace('TCP-LISTEN:1587', 'TCP-LISTEN:0')
    .replace('TCP:127.0.0.1:1587', `TCP:127.0.0.1:${port?.value}`)
    .replace('192.168.1.5,', '127.0.0.5,')
    .replace('192.168.1.40/', '127.0.0.40/')
    .split(' ');
  let said = '';
  const listens = () => /listening on AF=2 127\.0\.0\.5:(\d+)/.exec(said)?.[1];
  await startService('socat', ['-d', '-d', ...args], {
    isReady: async () => listens() !== undefined,
    onStart: ({ stderr }) => stderr?.on('data', (chunk) => (said += String(chunk))),
  });
  const passedOn = fields.map((field) => (field === port ? { ...field, value: listens() ?? '' } : field));
  expect(await scan('passed-on', passedOn, '--interface', '127.0.0.40')).toBe(0);
  await delivered(users.scanner, 'passed-on');
  const sessions = () => postern.events.filter(({ event }) => event === 'session-verified' || event === 'refused');
  const before = sessions();
  expect(await scan('not-passed-on', passedOn, '--interface', '127.0.0.41')).not.toBe(0);
  expect(said).toContain('refusing connection from AF=2 127.0.0.41');
  expect(sessions()).toEqual(before);
});

test('every session went over verified TLS, and none was refused', () => {
  const verified = postern.events.flatMap((event) => (event.event === 'session-verified' ? [event] : []));
  expect(new Set(verified.map(({ relay }) => relay))).toEqual(new Set(['home-imap', 'home-pop3', 'home-smtp']));
  expect(new Set(verified.map(({ trust }) => trust))).toEqual(new Set(['verified']));
  expect(postern.events.filter(({ event }) => event === 'refused')).toEqual([]);
});
