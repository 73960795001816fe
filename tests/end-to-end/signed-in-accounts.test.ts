/**
 * Postern signs in: a real Dovecot and Postfix that only accept a long application password, by SCRAM or PLAIN, and old
 * programs that support neither.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { newGrant, saveGrant } from '../../proxy/oauth/grant.ts';
import { createStateStore } from '../../proxy/state/store.ts';
import { openVault } from '../../proxy/vault/vault.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  fetchWithCurl,
  fetchWithFetchmail,
  fetchWithPython,
  sendWithCurl,
  sendWithMsmtp,
  sendWithPython,
} from '../support/mail-programs.ts';
import { type MailSystem, mailUsers, sixRoutes, startMailSystem } from '../support/mail-system.ts';
import { countDelivered, type MailUser } from '../support/mail-users.ts';
import { awkwardMessages, nameOf, smallMessages, type TestMessage, withoutTrace } from '../support/messages.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { noKeychain } from '../vault/support/keychains.ts';

const account = 'Test';
/** Nothing from a test belongs in the keychain of the person who runs it. */
const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
const plain = (password: string) => Buffer.from(`\0x\0${password}`).toString('base64');

/** Everything that Postern keeps on disk, except the vault's own files. */
function written(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('vault.'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

function expectSame(fetched: Buffer[], sent: TestMessage[]): void {
  const table = (rows: [string, Buffer][]) => rows.map(([name, bytes]) => [name, bytes.toString('latin1')]).sort();
  expect(table(fetched.map((bytes) => [nameOf(bytes), withoutTrace(bytes)]))).toEqual(
    table(sent.map(({ name, bytes }) => [name, bytes])),
  );
}

describe.each(['scram-sha-256', 'plain'])('a server that takes %s alone', (mechanism) => {
  const { alice } = mailUsers('alice') as { alice: MailUser };
  const long = `an application password of ${'many '.repeat(20)}words`;
  let system: MailSystem;
  let postern: Postern;
  let local: MailUser;

  beforeAll(async () => {
    const identity = issue(createAuthority(), { names: ['mail.example.test'] });
    system = await startMailSystem([{ ...alice, password: long }], identity, mechanism);
    const configuration = sixRoutes(system);
    const [routed] = configuration.accounts as [ConfigurationInput['accounts'][0]];
    const open = { ...routed.relays[0], name: 'open-smtp', admit: 'no-password' } as (typeof routed.relays)[0];
    postern = await startPostern({
      env,
      configuration: {
        ...configuration,
        accounts: [{ ...routed, signIn: { kind: 'stored', user: alice.address }, relays: [...routed.relays, open] }],
        settings: { certificateDecisionSeconds: 0, logLevel: 'trace' },
      },
    });
    const stored = await postern.commandWith(`${long}\n`, 'accounts', 'sign-in', account, '--password-stdin');
    expect([stored.code, stored.stderr]).toEqual([0, '']);
    const made = await postern.command('accounts', 'local-password', account, '--short');
    local = { address: 'anybody', password: made.stdout.toString().trim() };
    expect(local.password).toMatch(/^[a-z0-9]{8}$/);
  });

  async function delivered(count: number): Promise<void> {
    await until(() => countDelivered(system.dovecot.store, alice) >= count, `${count} messages are delivered`);
  }

  test('honest: 107: is sent to and read from by old programs with eight characters, byte for byte', async () => {
    const port = (relay: string) => postern.port(relay);
    const sender = { ...local, address: alice.address };
    const sent = awkwardMessages();
    await sendWithPython(port('smtp-starttls'), sender, sent);
    const more = smallMessages(4);
    await sendWithCurl(port('smtp-implicit'), sender, more.slice(0, 1), 'AUTH=CRAM-MD5');
    await sendWithCurl(port('smtp-starttls'), sender, more.slice(1, 2), 'AUTH=LOGIN');
    await sendWithMsmtp(port('smtp-implicit'), sender, more.slice(2, 3), 'cram-md5');
    await sendWithMsmtp(port('smtp-starttls'), sender, more.slice(3), 'plain');
    const all = [...sent, ...more];
    await delivered(all.length);
    for (const tls of ['implicit', 'starttls'] as const) {
      expectSame(await fetchWithPython('imap', port(`imap-${tls}`), local), all);
      expectSame(await fetchWithPython('pop3', port(`pop3-${tls}`), local), all);
      expectSame(await fetchWithFetchmail('apop', port(`pop3-${tls}`), local), all);
    }
    const numbers = all.map((_, at) => at + 1);
    expectSame(await fetchWithCurl('imap', port('imap-implicit'), local, numbers, 'AUTH=CRAM-MD5'), all);
    expectSame(await fetchWithCurl('pop3', port('pop3-starttls'), local, numbers, 'AUTH=+APOP'), all);
    expectSame(await fetchWithFetchmail('imap', port('imap-starttls'), local), all);
  });

  test('is sent to by a device that says HELO, and never signs in', async () => {
    const before = countDelivered(system.dovecot.store, alice);
    const device = await RawClient.connect(postern.port('open-smtp'));
    expect((await device.smtpReply())[0]).toMatch(/^220/);
    expect(await device.smtp('HELO scanner')).toEqual(['250 mail.example.test']);
    expect((await device.smtp(`MAIL FROM:<${alice.address}>`))[0]).toMatch(/^250/);
    expect((await device.smtp(`RCPT TO:<${alice.address}>`))[0]).toMatch(/^250/);
    expect((await device.smtp('DATA'))[0]).toMatch(/^354/);
    expect((await device.smtp('Subject: a scan\r\n\r\nHello.\r\n.'))[0]).toMatch(/^250/);
    device.socket.end('QUIT\r\n');
    await delivered(before + 1);
  });

  test('and the same program without the password sends nothing', async () => {
    const device = await RawClient.connect(postern.port('smtp-starttls'));
    await device.smtpReply();
    await device.smtp('HELO scanner');
    expect((await device.smtp(`MAIL FROM:<${alice.address}>`))[0]).toMatch(/^530 5\.7\.0 Postern/);
    device.socket.destroy();
  });

  test('107: no secret is in any log, event, row, message or bundle', async () => {
    const bundle = join(scratchDirectory('bundle'), 'd.zip');
    expect((await postern.command('diagnostics', bundle)).code).toBe(0);
    const status = (await postern.command('status', '--json')).stdout.toString();
    const list = (await postern.command('accounts', 'list', '--json')).stdout.toString();
    expect(JSON.parse(list).accounts[0].signIn).toMatchObject({ kind: 'stored', user: alice.address });
    const everything = [
      written(postern.dataDirectory),
      JSON.stringify(postern.events),
      postern.output(),
      status,
      list,
      readFileSync(bundle, 'latin1'),
    ].join('\n');
    const forms = [long, local.password, plain(local.password), Buffer.from(local.password).toString('base64')];
    for (const secret of [...forms, Buffer.from(long).toString('base64').slice(4, 40)])
      expect(everything).not.toContain(secret);
    expect(everything).toContain(alice.address);
  });
});

describe('what can go wrong, by real causes', () => {
  let postern: Postern;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    const identity = issue(createAuthority(), { names: ['localhost'] });
    upstream = await startFakeUpstream({
      protocol: 'smtp',
      tls: 'implicit',
      identity,
      users: { ada: 'right' },
      // The EHLO name says which mechanisms it offers.
      answer(line) {
        const offered = /^EHLO (\S+)/.exec(line)?.[1];
        if (offered) return `250-fake\r\n250 AUTH ${offered.toUpperCase()}\r\n`;
        // The client's final message is accepted, whatever it says.
        if (Buffer.from(line, 'base64').toString().startsWith('c=biws,')) return '235 welcome\r\n';
        const scram = /^AUTH SCRAM-SHA-256 (\S+)/.exec(line)?.[1];
        if (!scram) return undefined;
        const nonce = /r=(.*)$/.exec(Buffer.from(scram, 'base64').toString())?.[1];
        return `334 ${Buffer.from(`r=${nonce}x,s=c2FsdA==,i=4096`).toString('base64')}\r\n`;
      },
    });
    const { root } = writeFiles(scratchDirectory('authority'), identity);
    const relay = {
      name: 'out',
      protocol: 'smtp',
      listen: '127.0.0.1:0',
      server: 'localhost',
      address: '127.0.0.1',
      port: upstream.port,
      tls: 'implicit',
    } as const;
    const dataDirectory = join(scratchDirectory('signed-in'), 'data');
    mkdirSync(dataDirectory, { mode: 0o700 });
    // A consent whose token has expired, from an issuer that nobody can reach.
    const consented = { kind: 'oauth', user: 'ada', issuer: `https://localhost:${await freePort()}/` } as const;
    const places = { dataDirectory, keychain: noKeychain, credentialsDirectory: undefined };
    const vault = await openVault(
      places,
      createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] }),
    );
    const tokens = { accessToken: 'a', refreshToken: 'r', expiresIn: 1, refreshExpiresIn: null };
    await saveGrant(
      vault,
      'Consented',
      newGrant({ signIn: consented, relays: [relay] }, { id: 'c', secret: null }, tokens, new Date(0)),
    );
    postern = await startPostern({
      env,
      dataDirectory,
      configuration: {
        version: 1,
        accounts: [
          { name: account, signIn: { kind: 'stored', user: 'ada' }, relays: [relay] },
          { name: 'Consented', signIn: consented, relays: [{ ...relay, name: 'consented' }] },
        ],
        certificateAuthorities: [root],
        settings: { certificateDecisionSeconds: 0 },
      },
    });
    atEnd(() => postern.stop());
  });

  /** Signs in as an old program would. @returns the last reply */
  async function signIn(password: string, offered = 'PLAIN', relay = 'out'): Promise<string> {
    const client = await RawClient.connect(postern.port(relay));
    await client.smtpReply();
    await client.smtp(`EHLO ${offered}`);
    const [answer = ''] = await client.smtp(`AUTH PLAIN ${plain(password)}`);
    client.socket.destroy();
    return answer;
  }
  const localPassword = async (of = account) =>
    (await postern.command('accounts', 'local-password', of)).stdout.toString().trim();
  const store = (password: string) =>
    postern.commandWith(`${password}\n`, 'accounts', 'sign-in', account, '--password-stdin');
  const refused = (code: string) => postern.event('refused', (event) => event.code === code);

  test("'sign-in-needed': nothing is stored yet; and it works as soon as it is", async () => {
    const local = await localPassword();
    expect(await signIn(local)).toMatch(/^454 4\.7\.0 Postern: .*no password is stored/);
    expect(await refused('sign-in-needed')).toMatchObject({ reason: 'sign-in-needed' });
    expect(await postern.event('sign-in-needed')).toMatchObject({ account, reason: 'password-missing' });
    expect((await postern.command('accounts')).stdout.toString()).toContain(
      'NEEDED: no password is stored for it yet.',
    );
    await store('right');
    expect(await postern.event('signed-in')).toMatchObject({ account });
    expect(await signIn(local)).toMatch(/^235/);
  });

  test("'local-password-wrong': the provider's password does not fit here", async () => {
    expect(await signIn('right')).toMatch(/^535 5\.7\.8 Postern/);
    expect(await refused('local-password-wrong')).toMatchObject({ reason: 'local-password-wrong' });
  });

  test("99: 'too-many-guesses': forty connections guess at once; the owner still gets in, and nothing is lost", async () => {
    const local = await localPassword();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => signIn(`guess ${at}`)));
    expect(new Set(answers.map((answer) => answer.slice(0, 3)))).toEqual(new Set(['535']));
    expect(await refused('too-many-guesses')).toMatchObject({ reason: 'too-many-guesses' });
    expect(
      postern.events.filter((event) => event.event === 'refused' && event.code === 'too-many-guesses'),
    ).toHaveLength(1);
    expect(await signIn(local)).toMatch(/^235/);
    expect(await localPassword()).toBe(local);
  });

  test("'stored-sign-in-refused': the stored password is wrong", async () => {
    await store('wrong');
    expect(await signIn(await localPassword())).toMatch(/^454 4\.7\.0 Postern/);
    expect(await refused('stored-sign-in-refused')).toMatchObject({ reason: 'upstream-sign-in-failed' });
  });

  test("'no-common-mechanism': and nothing is sent", async () => {
    await store('right');
    expect(await signIn(await localPassword(), 'NTLM')).toMatch(/^454 4\.7\.0 Postern/);
    expect(await refused('no-common-mechanism')).toMatchObject({ reason: 'upstream-sign-in-failed' });
  });

  test("'issuer-unavailable': the consent is kept, and nobody is asked", async () => {
    expect(await signIn(await localPassword('Consented'), 'XOAUTH2', 'consented')).toMatch(/^454 4\.7\.0 Postern/);
    expect(await refused('issuer-unavailable')).toMatchObject({ reason: 'upstream-unreachable', relay: 'consented' });
    expect(postern.events.some((event) => event.event === 'sign-in-needed' && event.account === 'Consented')).toBe(
      false,
    );
  });

  test("'false-proof': a server that takes any password is not ours", async () => {
    expect(await signIn(await localPassword(), 'SCRAM-SHA-256')).toMatch(/^454 4\.7\.0 Postern/);
    expect(await refused('false-proof')).toMatchObject({ reason: 'upstream-protocol' });
  });
});
