import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { AccountRow, CheckReport, ConfigurationInput } from '../../proxy/contract/index.ts';
import { visit } from '../oauth/support/stage.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { copyWithMutt, sendWithMutt } from '../support/mail-programs.ts';
import { mailUsers } from '../support/mail-system.ts';
import { countDelivered, deliveredMessages, serverName } from '../support/mail-users.ts';
import { type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { startPostfix } from '../support/postfix.ts';
import { until } from '../support/service.ts';
import { beginSignIn as signInAt } from './support/sign-in.ts';

// The command, the built core, a real issuer, and a Dovecot and a Postfix that only accept its tokens, by XOAUTH2 as
// Microsoft does: from `sign-in` to what is stored, and `sign-out` again.

const authority = createAuthority();
let issuer: OidcIssuer;
let postern: Postern;
let dovecot: Dovecot;
const users = mailUsers('alice', 'mallory');
const [alice, mallory] = [users.alice.address, users.mallory.address];

beforeAll(async () => {
  issuer = await startOidcIssuer({ authority });
  const identity = issue(authority, { names: [serverName] });
  dovecot = await startDovecot({
    identity,
    users: Object.values(users),
    tokens: { publicKey: issuer.publicKey },
    mechanisms: 'xoauth2',
  });
  const postfix = await startPostfix({ identity, dovecot, users: Object.values(users) });
  const dataDirectory = join(scratchDirectory('consent'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem, { mode: 0o600 });
  const at = { server: serverName, address: '127.0.0.1', listen: '127.0.0.1:0' };
  const relays: ConfigurationInput['accounts'][number]['relays'] = [
    { ...at, name: 'imap', protocol: 'imap', port: dovecot.ports.imaps, tls: 'implicit' },
    { ...at, name: 'pop3', protocol: 'pop3', port: dovecot.ports.pop3, tls: 'starttls' },
    { ...at, name: 'smtp', protocol: 'smtp', port: postfix.ports.submission, tls: 'starttls' },
  ];
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      { name: 'Mail', signIn: { kind: 'oauth', user: alice, issuer: issuer.url }, relays },
      { name: 'Old', relays: [] },
    ],
    certificateAuthorities: ['root.pem'],
  };
  postern = await startPostern({
    dataDirectory,
    configuration,
    // Nothing from a test belongs in the keychain of the person who runs it.
    env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
  });
});

const beginSignIn = (...more: string[]) => signInAt(postern.dataDirectory, 'Mail', ...more);

test('sign-in: the address, the browser’s way, and the tokens are stored; `check` and mutt go the whole way; sign-out gives them back', async () => {
  const { said, ended, url } = await beginSignIn();
  const page = await visit(await issuer.consentAs(alice, url));
  expect(page.text).toContain('<h1>Signed in</h1>');
  expect(await ended).toBe(0);
  expect(said).toEqual([
    { event: 'open', url },
    { event: 'signed-in', user: alice },
  ]);
  expect(postern.events.filter(({ event }) => event.startsWith('sign'))).toMatchObject([
    { event: 'sign-in-needed', account: 'Mail', reason: 'consent-missing' },
    { event: 'sign-in-needed', account: 'Mail', reason: 'consent-missing', url },
    { event: 'signed-in', account: 'Mail' },
  ]);
  const checked = await postern.command('check', 'Mail', '--json');
  const { relays } = JSON.parse(checked.stdout.toString()) as CheckReport;
  expect(relays.map(({ steps }) => steps.map(({ step, outcome }) => `${step} ${outcome}`).slice(3, 5))).toEqual(
    Array.from({ length: 3 }, () => ['sign-in ok', 'mailbox ok']),
  );
  expect(checked.code).toBe(0);
  const made = await postern.command('accounts', 'local-password', 'Mail');
  const local = { address: alice, password: made.stdout.toString().trim() };
  const attachment = Buffer.from(Array.from({ length: 48 }, (_, at) => (at * 37) & 0xff));
  await sendWithMutt(postern.port('smtp'), local, 'from mutt', attachment);
  await until(() => countDelivered(dovecot.store, users.alice) > 0, 'mutt’s message is delivered');
  const [first = Buffer.alloc(0)] = deliveredMessages(dovecot.store, users.alice);
  const delivered = first.toString('latin1').replaceAll('\r\n', '\n');
  for (const [protocol, relay] of [['imap', 'imap'] as const, ['pop', 'pop3'] as const]) {
    const copy = await copyWithMutt(protocol, postern.port(relay), local);
    expect(copy).toContain('\nSubject: from mutt\n');
    expect(copy).toContain(attachment.toString('base64'));
    // An mbox file has lines of its own between the headers; the rest is as it was delivered.
    expect(copy).toContain(delivered.slice(delivered.indexOf('\n\n')));
  }
  const out = await postern.command('accounts', 'sign-out', 'Mail');
  for (const protocol of ['imap-login', 'pop3-login']) {
    // Once by Postern after the consent, once by the check, once by mutt.
    const login = new RegExp(`${protocol}: Info: Login: user=<${alice}>, method=XOAUTH2`, 'g');
    expect(dovecot.log().match(login)).toHaveLength(3);
  }
  expect([out.code, out.stdout.toString()]).toEqual([0, 'Signed out.\nThe provider has taken the consent back.\n']);
});

test('105: the consent of another mailbox is found by the mail server’s own word, and nothing is stored', async () => {
  const { said, ended, url } = await beginSignIn();
  const page = await visit(await issuer.consentAs(mallory, url));
  expect(page.text).toContain('That did not work');
  expect(await ended).toBe(1);
  expect(said.at(-1)).toEqual({
    event: 'failed',
    reason: 'wrong-mailbox',
    message: expect.stringContaining('Somebody else signed in'),
  });
  const { standing, accounts } = JSON.parse((await postern.command('status', '--json')).stdout.toString()) as {
    standing: string;
    accounts: AccountRow[];
  };
  const needed = { reason: 'consent-missing', since: expect.any(String) };
  const signedInAt = expect.any(String);
  expect(accounts[0]).toEqual({ name: 'Mail', signIn: { kind: 'oauth', user: alice, signedInAt, needed } });
  expect(standing).toBe('sign-in');
  expect((await postern.command('status')).stdout.toString()).toContain(
    'WAITING FOR YOU TO SIGN IN: Mail: nobody has consented at the provider yet. Run: postern accounts sign-in Mail',
  );
});

test('with --device: an address and a code', async () => {
  const { said, ended, url } = await beginSignIn('--device');
  expect(said[0]).toEqual({ event: 'device', url, code: expect.any(String), expiresAt: expect.any(String) });
  await issuer.consentToCode(alice, url);
  expect(await ended).toBe(0);
});

test.each<[string, (known: Identity) => Identity, string]>([
  ['of an authority that nobody knows', () => issue(createAuthority(), { names: ['localhost'] }), 'authority'],
  ['for another name', (known) => issue(known, { names: ['other.test'] }), 'not for localhost'],
  [
    'that begins tomorrow, as where this computer’s clock is behind',
    (known) => issue(known, { names: ['localhost'], notBefore: new Date(Date.now() + 86_400_000) }),
    'clock',
  ],
])('102: a certificate of the issuer %s: nobody is asked, nothing is sent, and it is said', async (_, make, word) => {
  const asked = issuer.asked.length;
  await issuer.stop();
  await issuer.start(make(authority));
  const { code, stderr } = await postern.command('accounts', 'sign-in', 'Mail', '--no-browser');
  expect(code).toBe(1);
  expect(stderr.toString()).toContain(word);
  expect(issuer.asked.slice(asked)).toEqual([]);
  expect(postern.events.filter(({ event }) => event === 'certificate-pending')).toEqual([]);
  await issuer.stop();
  await issuer.start(issue(authority, { names: ['localhost'] }));
});

test('given up with Ctrl+C, and by another sign-in: told as failed', async () => {
  const first = await beginSignIn();
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(1);
  expect(first.said.at(-1)).toMatchObject({ event: 'failed', reason: 'cancelled' });
});

test('an account without such a sign-in, one that is not there, and words that are none', async () => {
  const said = async (...args: string[]) => {
    const { code, stderr } = await postern.command('accounts', ...args);
    return [code, stderr.toString()];
  };
  expect(await said('sign-in', 'Old')).toEqual([
    1,
    expect.stringContaining('The mail program signs in for “Old” by itself'),
  ]);
  expect(await said('sign-in', 'No')).toEqual([1, expect.stringContaining('no account named “No”')]);
  expect(await said('remove')).toEqual([2, expect.stringContaining('needs the name of an account')]);
  expect(await said('sing-in', 'Mail')).toEqual([
    2,
    expect.stringContaining('There is no "accounts sing-in". Did you mean sign-in?'),
  ]);
});

test('an account that is removed gives its consent back', async () => {
  const { ended, url } = await beginSignIn();
  await visit(await issuer.consentAs(alice, url));
  expect(await ended).toBe(0);
  const file = join(postern.dataDirectory, 'config.json');
  const before = issuer.asked.length;
  const removed = await postern.command('accounts', 'remove', 'Mail');
  expect(removed.stdout.toString()).toContain('The provider has taken the consent back.');
  expect(issuer.asked.slice(before)).toContain('POST /token/revocation');
  expect(readFileSync(join(postern.dataDirectory, 'vault.json'), 'utf8')).not.toContain('Mail');
  expect(readFileSync(file, 'utf8')).not.toContain(alice);
});
