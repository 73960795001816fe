/**
 * From consent in a real browser to mail in old programs: a Dovecot and a Postfix that only accept tokens, an issuer
 * whose tokens expire after some seconds, and programs that know a local password and nothing else.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { visit } from '../oauth/support/stage.ts';
import { launchBrowser } from '../renderer/support/window.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import {
  fetchWithCurl,
  fetchWithFetchmail,
  fetchWithPython,
  sendWithCurl,
  sendWithMsmtp,
  sendWithPython,
} from '../support/mail-programs.ts';
import { mailUsers } from '../support/mail-system.ts';
import { countDelivered, type MailUser, serverName } from '../support/mail-users.ts';
import { awkwardMessages, nameOf, smallMessages, type TestMessage, withoutTrace } from '../support/messages.ts';
import { type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { startPostfix } from '../support/postfix.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { beginSignIn, unzipped } from './support/sign-in.ts';

const authority = createAuthority();
const { alice } = mailUsers('alice');
/** Nothing from a test belongs in the keychain of the person who runs it. */
const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
/** How long an access token is valid, in seconds. */
const tokenSeconds = 10;
let issuer: OidcIssuer;
let dovecot: Dovecot;
let postern: Postern;
let local: MailUser;

beforeAll(async () => {
  issuer = await startOidcIssuer({ authority, accessTokenSeconds: tokenSeconds });
  const identity = issue(authority, { names: [serverName] });
  dovecot = await startDovecot({ identity, users: [alice], tokens: { publicKey: issuer.publicKey } });
  const postfix = await startPostfix({ identity, dovecot, users: [alice] });
  const dataDirectory = join(scratchDirectory('tokens'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem, { mode: 0o600 });
  const at = { server: serverName, address: '127.0.0.1', listen: '127.0.0.1:0' };
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      {
        name: 'Mail',
        signIn: { kind: 'oauth', user: alice.address, issuer: issuer.url },
        relays: [
          { ...at, name: 'imap', protocol: 'imap', port: dovecot.ports.imaps, tls: 'implicit' },
          { ...at, name: 'pop3', protocol: 'pop3', port: dovecot.ports.pop3, tls: 'starttls' },
          { ...at, name: 'smtp', protocol: 'smtp', port: postfix.ports.submission, tls: 'starttls' },
        ],
      },
    ],
    certificateAuthorities: ['root.pem'],
    settings: { certificateDecisionSeconds: 8, logLevel: 'trace' },
  };
  postern = await startPostern({ dataDirectory, configuration, env, window: true });
  const made = await postern.command('accounts', 'local-password', 'Mail');
  local = { address: alice.address, password: made.stdout.toString().trim() };
});

function expectSame(fetched: Buffer[], sent: TestMessage[]): void {
  const table = (rows: [string, Buffer][]) => rows.map(([name, bytes]) => [name, bytes.toString('latin1')]).sort();
  expect(table(fetched.map((bytes) => [nameOf(bytes), withoutTrace(bytes)]))).toEqual(
    table(sent.map(({ name, bytes }) => [name, bytes])),
  );
}

/** Waits until the newest token has expired. */
async function tokenOver(): Promise<void> {
  const [, claims = ''] = (issuer.given.filter((token) => token.split('.').length === 3).at(-1) ?? '').split('.');
  const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
  await until(() => Date.now() > (exp + 1) * 1000, 'the token has ended', tokenSeconds + 5);
}

async function signedInByImap(): Promise<{ client: RawClient; reply: string }> {
  const client = await RawClient.connect(postern.port('imap'));
  expect(await client.line()).toMatch(/^\* OK/);
  return { client, reply: (await client.imap(`a LOGIN x ${local.password}`)).at(-1) ?? '' };
}

test('before anybody has consented: told as out of service, and a question in the state', async () => {
  const { client, reply } = await signedInByImap();
  expect(reply).toMatch(/^a NO \[UNAVAILABLE\]/);
  client.reset();
  expect(postern.events).toContainEqual(
    expect.objectContaining({ event: 'sign-in-needed', account: 'Mail', reason: 'consent-missing' }),
  );
  await expect(fetchWithPython('imap', postern.port('imap'), { ...local, password: 'wrong' })).rejects.toThrow(
    /AUTHENTICATIONFAILED/,
  );
});

/** What an accessibility checker objects to. */
async function objections(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations, passes } = await axe.analyze();
  expect(passes.length).toBeGreaterThan(5);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
}

test('from the first click in the window to “works”, by keyboard, in a real browser at the provider’s own pages', async () => {
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto((await postern.event('ready')).window ?? '');
  await page.goto(`${new URL(page.url()).origin}/#/accounts/Mail`);
  await page.getByText('Nobody has consented at the provider yet.').waitFor();
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Sign in', exact: true }).focus();
  await page.keyboard.press('Enter');
  const provider = await opened;
  await page.getByText('Waiting for you at the provider’s page').waitFor();
  expect(await objections(page)).toEqual([]);
  await provider.getByPlaceholder('Enter any login').fill(alice.address);
  await provider.getByPlaceholder('and password').fill('any');
  await provider.keyboard.press('Enter');
  await provider.getByRole('button', { name: 'Continue' }).focus();
  await provider.keyboard.press('Enter');
  await provider.getByRole('heading', { name: 'Signed in' }).waitFor();
  expect(await provider.getByText('You can close this page.').isVisible()).toBe(true);
  expect(await provider.evaluate(() => window.opener)).toBeNull();
  expect(await objections(provider)).toEqual([]);
  await provider.close();
  await page.getByText(`Signed in as ${alice.address}.`).waitFor();
  await page.getByRole('button', { name: 'Start the test' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Everything works.').waitFor();
  expect(await objections(page)).toEqual([]);
  await context.close();
});

test('old programs send and fetch byte for byte with the local password', async () => {
  const sent = [...awkwardMessages(), ...smallMessages(2)];
  const [first, second, ...rest] = sent as [TestMessage, TestMessage, ...TestMessage[]];
  await sendWithCurl(postern.port('smtp'), local, [first]);
  await sendWithMsmtp(postern.port('smtp'), local, [second], 'plain');
  await sendWithPython(postern.port('smtp'), local, rest);
  await until(() => countDelivered(dovecot.store, alice) >= sent.length, 'all are delivered');
  expectSame(await fetchWithPython('imap', postern.port('imap'), local), sent);
  expectSame(await fetchWithPython('pop3', postern.port('pop3'), local), sent);
  expectSame(await fetchWithFetchmail('apop', postern.port('pop3'), local), sent);
  const numbers = sent.map((_, at) => at + 1);
  expectSame(await fetchWithCurl('imap', postern.port('imap'), local, numbers), sent);
  for (const protocol of ['imap', 'pop3']) {
    expect(dovecot.log()).toContain(`${protocol}-login: Info: Login: user=<${alice.address}>, method=OAUTHBEARER`);
  }
});

test('a token that ends in the middle of a session ends nothing; the next session has a new one', async () => {
  const { client, reply } = await signedInByImap();
  expect(reply).toMatch(/^a OK/);
  await tokenOver();
  expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b OK/);
  client.reset();
  const before = issuer.grants.length;
  const next = await signedInByImap();
  expect(next.reply).toMatch(/^a OK/);
  next.client.reset();
  expect(issuer.grants.slice(before)).toEqual(['refresh_token']);
});

test('103: ten programs at the moment of expiry: one refresh', async () => {
  await tokenOver();
  const before = issuer.grants.length;
  const all = await Promise.all(Array.from({ length: 10 }, signedInByImap));
  expect(all.filter(({ reply }) => !reply.startsWith('a OK'))).toEqual([]);
  for (const { client } of all) client.reset();
  expect(issuer.grants.slice(before)).toEqual(['refresh_token']);
});

/**
 * Everything that must not appear anywhere: the local password, tokens, codes and verifiers, as they are and inside
 * Base64.
 */
function secrets(): string[] {
  const raw = [local.password, ...issuer.given, ...issuer.brought];
  // Inside the Base64 of a SASL exchange, a secret begins at one of three offsets.
  const inBase64 = [...issuer.given, ...issuer.brought].flatMap((secret) =>
    [0, 1, 2].map((shift) =>
      Buffer.from(' '.repeat(shift) + secret.slice(0, 60))
        .toString('base64')
        .slice(8, 52),
    ),
  );
  return [...raw, Buffer.from(local.password).toString('base64'), ...inBase64];
}

/** What Postern keeps, except the vault, and what it has printed. */
function keptAndSaid(): string {
  const kept = readdirSync(postern.dataDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('vault.'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  return [...kept, JSON.stringify(postern.events), postern.output()].join('\n');
}

test('107: no token, code, verifier or local password in log, events, state, diagnostics, words or environment', async () => {
  const status = (await postern.command('status', '--json')).stdout.toString();
  const zip = join(scratchDirectory('diagnostics'), 'd.zip');
  expect((await postern.command('diagnostics', zip)).code).toBe(0);
  const ofProcess = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${postern.pid}/${file}`, 'latin1'));
  const vault = readFileSync(join(postern.dataDirectory, 'vault.json'), 'latin1');
  const all = [keptAndSaid(), status, unzipped(zip), ...ofProcess, vault].join('\n');
  expect(all).toContain('signed-in');
  expect([issuer.given.length > 4, issuer.brought.length]).toEqual([true, 2]);
  expect(secrets().filter((secret) => all.includes(secret))).toEqual([]);
});

test('104: the issuer is down, or comes with another certificate: told as out of service, and goes on by itself with the same consent', async () => {
  await tokenOver();
  await issuer.stop();
  const { client, reply } = await signedInByImap();
  expect(reply).toMatch(/^a NO \[UNAVAILABLE\]/);
  client.reset();
  // With another certificate it cannot prove to be the issuer that gave the consent: it is told nothing.
  const asked = issuer.asked.length;
  await issuer.start(issue(createAuthority(), { names: ['localhost'] }));
  const warned = async () =>
    (await postern.command('accounts')).stdout.toString().includes('add that to Postern’s authorities');
  await until(async () => {
    const refused = await signedInByImap();
    expect(refused.reply).toMatch(/^a NO \[UNAVAILABLE\]/);
    refused.client.reset();
    return warned();
  }, 'the certificate is said to be the reason');
  expect(issuer.asked.slice(asked)).toEqual([]);
  await issuer.stop();
  await issuer.start(issue(authority, { names: ['localhost'] }));
  await until(async () => {
    const again = await signedInByImap();
    again.client.reset();
    return again.reply.startsWith('a OK');
  }, 'the account works again');
});

test('104: a consent that was taken back is a question, and the program that waits goes on once it is answered', async () => {
  const refresh = issuer.given.filter((token) => token.split('.').length !== 3).at(-1) ?? '';
  await issuer.revoke(issuer.clients.at(-1) ?? '', refresh);
  await tokenOver();
  const { client, reply } = await signedInByImap();
  expect(reply).toMatch(/^a NO \[UNAVAILABLE\]/);
  client.reset();
  expect(postern.events).toContainEqual(
    expect.objectContaining({ event: 'sign-in-needed', account: 'Mail', reason: 'consent-gone' }),
  );
  const { ended, url } = await beginSignIn(postern.dataDirectory, 'Mail');
  const answer = await issuer.consentAs(alice.address, url);
  const waiting = signedInByImap();
  await visit(answer);
  expect(await ended).toBe(0);
  const held = await waiting;
  expect(held.reply).toMatch(/^a OK/);
  held.client.reset();
});

test('107: nor in what a crash leaves behind', async () => {
  postern.signal('SIGABRT');
  await until(() => postern.ended(), 'it has crashed');
  const all = keptAndSaid();
  expect(secrets().filter((secret) => all.includes(secret))).toEqual([]);
});
