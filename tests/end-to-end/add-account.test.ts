/** `postern add`, as it is built, in a small internet of its own: from an address to an account that works. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Configuration, RelayConfiguration } from '../../proxy/contract/index.ts';
import { createInternet, saying, settingsFile } from '../discovery/support/internet.ts';
import { type Visit, visit } from '../discovery/support/visit.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { startInn } from '../support/inn.ts';
import { fetchWithPython, sendWithPython } from '../support/mail-programs.ts';
import { type MailSystem, mailUsers, startMailSystem } from '../support/mail-system.ts';
import { countDelivered, domain, serverName } from '../support/mail-users.ts';
import { nameOf, smallMessages } from '../support/messages.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { mustRun } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { directoryTop, personDn, startSlapd } from '../support/slapd.ts';

const net = createInternet();
beforeAll(async () => {
  for (const protocol of ['imap', 'pop3', 'smtp'] as const) {
    await net.mail(`${protocol}.own.test`, protocol, 'implicit');
    const label = { imap: '_imaps', pop3: '_pop3s', smtp: '_submissions' }[protocol];
    const port = { imap: 993, pop3: 995, smtp: 465 }[protocol];
    net.srv(`${label}._tcp.own.test`, `${protocol}.own.test`, port);
    net.srv(`${label}._tcp.foreign.test`, `${protocol}.own.test`, port);
  }
  await net.mail('mx.file.test', 'imap', 'starttls');
  await net.mail('mx.file.test', 'smtp', 'starttls');
  const file = settingsFile('file.test', [
    { type: 'imap', hostname: 'mx.file.test', port: 143, socketType: 'STARTTLS', username: '%EMAILLOCALPART%' },
    { type: 'smtp', hostname: 'mx.file.test', port: 587, socketType: 'STARTTLS' },
  ]);
  await net.web(['autoconfig.file.test'], saying(file));
  const oauth = { inside: { capabilities: ['IMAP4rev1', 'LOGINDISABLED', 'AUTH=XOAUTH2'] } };
  await net.mail('imap.token.test', 'imap', 'implicit', oauth);
  await net.mail('smtp.token.test', 'smtp', 'implicit');
  await net.mail('imap.half.test', 'imap', 'implicit');
  // A directory and a news server, and no mail; the news server's name is another domain's.
  await net.mail('ldap.people.test', 'ldap', 'implicit');
  net.srv('_ldaps._tcp.people.test', 'ldap.people.test', 636);
  await net.mail('news.groups.test', 'nntp', 'implicit');
  net.srv('_nntps._tcp.people.test', 'news.groups.test', 563);
  await net.mail('imap.rogue.test', 'imap', 'implicit', { names: ['other.test'] });
  await net.web(['autoconfig.stuck.test'], () => undefined);
  // Servers of a false authority, which stays unknown to Postern even though the environment names it.
  await net.mail('imap.false.test', 'imap', 'implicit', {
    identity: issue(falseAuthority, { names: ['imap.false.test'] }),
  });
  const lie = settingsFile('false.test', [{ type: 'imap', hostname: 'imap.own.test', port: 993, socketType: 'SSL' }]);
  const names = ['autoconfig.false.test'];
  await net.web(names, saying(lie), issue(falseAuthority, { names }));
  // A real provider: Postfix, Dovecot and INN, wherever their ports are.
  system = await startMailSystem([alice], issue(net.authority, { names: [serverName] }));
  const news = `news.${domain}`;
  const inn = await startInn({ identity: issue(net.authority, { names: [news] }), users: [alice] });
  net.record(`host-record=${news},127.0.0.1`);
  net.srv(`_nntps._tcp.${domain}`, news, inn.ports.nntps);
  const name = `ldap.${domain}`;
  const { ports } = await startSlapd({
    identity: issue(net.authority, { names: [name] }),
    people: [{ uid: 'alice', password: alice.password }],
  });
  net.record(`host-record=${name},127.0.0.1`);
  net.srv(`_ldaps._tcp.${domain}`, name, ports.ldaps);
  net.record(`host-record=${serverName},127.0.0.1`);
  net.srv(`_imaps._tcp.${domain}`, serverName, system.port('imap', 'implicit'));
  net.srv(`_pop3._tcp.${domain}`, serverName, system.port('pop3', 'starttls'));
  net.srv(`_submission._tcp.${domain}`, serverName, system.port('smtp', 'starttls'));
  await net.start();
});

const falseAuthority = createAuthority();
const { alice } = mailUsers('alice');
let system: MailSystem;

const portOf = (relay: RelayConfiguration | undefined) => Number(String(relay?.listen).split(':').at(-1));
const accounts = (place: Visit) => (JSON.parse(place.configuration()) as Configuration).accounts;
const said = ({ stdout }: { stdout: Buffer }) => stdout.toString();

describe('without a running core', () => {
  test('the account is found, written and works', async () => {
    const place = visit(net);
    const ran = await place.run('add', 'user@own.test', '--yes');
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    const [account] = accounts(place);
    expect(account).toMatchObject({
      name: 'user@own.test',
      relays: [
        { name: 'user-own-test-imap', protocol: 'imap', server: 'imap.own.test', port: 993, tls: 'implicit' },
        { name: 'user-own-test-smtp', protocol: 'smtp', server: 'smtp.own.test', port: 465, tls: 'implicit' },
      ],
    });
    const [imap, smtp] = account?.relays.map(({ listen }) => /^(\d+)$/.exec(String(listen))?.[1]) ?? [];
    expect(said(ran)).toMatch(/ok +The DNS of own\.test names mail servers\./);
    expect(said(ran)).toMatch(
      /incoming, IMAP +imap\.own\.test port 993 +encrypted at once +certificate verified, valid until 20/,
    );
    expect(said(ran)).toMatch(new RegExp(`incoming, IMAP +server 127\\.0\\.0\\.1 +port ${imap} +no encryption`));
    expect(said(ran)).toMatch(new RegExp(`outgoing, SMTP +server 127\\.0\\.0\\.1 +port ${smtp} +no encryption`));
    expect(said(ran)).toContain('User name: user@own.test');
    expect(said(ran)).toContain(`"postern run --data-dir ${place.dataDirectory}" starts it`);
    expect(said(ran)).toContain(`"postern card --data-dir ${place.dataDirectory}" shows where they go`);
    const checked = await place.runWith('secret\n', 'check', '--user', 'user', '--password-stdin');
    expect(said(checked)).toContain('All is well.');
    expect(checked.code).toBe(0);
  });

  test('POP3 where that is wanted, and what the settings file says', async () => {
    const place = visit(net);
    expect((await place.run('add', 'user@own.test', '--pop3', '--yes', '--name', 'Old')).code).toBe(0);
    expect((await place.run('add', 'user@file.test', '--yes', '--name', 'New')).code).toBe(0);
    expect(
      accounts(place).map(({ name, relays }) => [name, ...relays.map(({ server, tls }) => `${server} ${tls}`)]),
    ).toEqual([
      ['Old', 'pop3.own.test implicit', 'smtp.own.test implicit'],
      ['New', 'mx.file.test starttls', 'mx.file.test starttls'],
    ]);
    const ports = accounts(place).flatMap(({ relays }) => relays.map(({ listen }) => listen));
    expect(new Set(ports).size).toBe(4);
  });

  test('JSON alone on stdout, with the evidence', async () => {
    const place = visit(net);
    const looked = await place.run('add', 'user@file.test', '--json');
    expect(looked.code).toBe(1);
    expect(JSON.parse(said(looked))).toMatchObject({ outcome: 'found', user: 'user', added: null });
    expect(accounts(place)).toEqual([]);
    const ran = await place.run('add', 'user@file.test', '--json', '--yes');
    expect(ran.code).toBe(0);
    const value = JSON.parse(said(ran));
    expect(value.added.relays).toHaveLength(2);
    expect(value.servers[0]).toMatchObject({ source: 'autoconfig', protection: { trust: { kind: 'verified' } } });
  });
});

test('from an address to mail that was sent and came back, through real servers', async () => {
  const place = visit(net);
  const { service } = await place.startCore('--no-window');
  let suggested = '';
  for (const [reading, name] of [
    ['--imap', 'By IMAP'],
    ['--pop3', 'By POP3'],
  ] as const) {
    const ran = await place.run('add', alice.address, reading, '--name', name, '--yes');
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    expect(said(ran)).toContain(`ldap.${domain} port`);
    expect(said(ran)).toContain('is a directory for the address book.');
    suggested = /This adds it: postern (add .*)/.exec(said(ran))?.[1] ?? '';
    expect(said(ran)).toMatch(new RegExp(`news, NNTP +news\\.${domain} port \\d+ +encrypted at once`));
  }
  const [byImap, byPop3] = accounts(place).map(({ relays }) => relays);
  const sent = smallMessages(2);
  await sendWithPython(portOf(byImap?.[1]), alice, sent);
  await until(() => countDelivered(system.dovecot.store, alice) >= 2, 'both messages are delivered');
  const names = (fetched: Buffer[]) => fetched.map(nameOf).sort();
  const wanted = sent.map(({ name }) => name).sort();
  expect(names(await fetchWithPython('imap', portOf(byImap?.[0]), alice))).toEqual(wanted);
  expect(names(await fetchWithPython('pop3', portOf(byPop3?.[0]), alice))).toEqual(wanted);
  // The news server that the domain names came along.
  expect(byImap?.[2]).toMatchObject({ protocol: 'nntp', server: `news.${domain}`, tls: 'implicit' });
  const news = await RawClient.connect(portOf(byImap?.[2]));
  expect(await news.line()).toMatch(/^200 /);
  expect(await news.pop3('GROUP misc.test')).toMatch(/^480/);
  expect(await news.pop3(`AUTHINFO USER ${alice.address}`)).toMatch(/^381/);
  expect(await news.pop3(`AUTHINFO PASS ${alice.password}`)).toMatch(/^281/);
  expect(await news.pop3('GROUP misc.test')).toMatch(/^211/);
  news.finish();
  // And the directory, whose names are its own: an account of its own, as the search says.
  expect(byImap).toHaveLength(3);
  const words = suggested.match(/'[^']*'|\S+/g)?.map((word) => word.replaceAll("'", '')) ?? [];
  const ran = await place.run(...words);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  expect(said(ran)).toContain('User name and password: those that the directory knows you by');
  const book = accounts(place).find(({ relays }) => relays[0]?.protocol === 'ldap')?.relays[0];
  expect(book).toMatchObject({ protocol: 'ldap', server: `ldap.${domain}`, tls: 'implicit' });
  const { stdout } = await mustRun('ldapsearch', [
    ...['-x', '-LLL', '-H', `ldap://127.0.0.1:${portOf(book)}`, '-b', directoryTop, '-D', personDn('alice')],
    ...['-w', alice.password, '(uid=alice)', 'mail'],
  ]);
  expect(stdout.toString()).toContain('mail: alice@example.test');
  const checked = await place.runWith(
    `${alice.password}\n`,
    ...['check', 'By IMAP', '--user', alice.address, '--password-stdin'],
  );
  expect(said(checked)).toContain('Articles may be read and posted.');
  expect(checked.code).toBe(0);
  await service.stop();
});

describe('with a running core', () => {
  test('its listeners are up at once', async () => {
    const place = visit(net);
    const { service } = await place.startCore('--no-window');
    const ran = await place.run('add', 'user@own.test', '--yes');
    expect(said(ran)).toContain('Postern is running, and listens there from now on.');
    const [imap] = accounts(place)[0]?.relays ?? [];
    const client = await RawClient.connect(portOf(imap));
    expect(await client.line()).toMatch(/^\* OK /);
    client.finish();
    await service.stop();
  });

  test('ports that others have are left to them', async () => {
    const place = visit(net);
    const holder = createServer();
    for (let port = 1143; !holder.listening; port += 1) {
      holder.listen({ port, host: '127.0.0.1', exclusive: true });
      await Promise.race([once(holder, 'listening'), once(holder, 'error')]).catch(() => undefined);
    }
    atEnd(() => holder.close());
    await place.run('add', 'user@own.test', '--yes');
    const { port } = holder.address() as { port: number };
    const listens = accounts(place)[0]?.relays.map(({ listen }) => listen) ?? [];
    expect(listens.length).toBeGreaterThan(0);
    expect(listens.filter((listen) => String(listen).endsWith(String(port)))).toEqual([]);
    expect(accounts(place)).toHaveLength(1);
  });

  test('Ctrl+C ends the search in it, and writes nothing', async () => {
    const place = visit(net);
    const core = await place.startCore('--no-window');
    const adding = await place.start(['add', 'user@stuck.test', '--yes'], (output) =>
      output.includes('names no servers'),
    );
    const ended = once(adding.child, 'exit');
    adding.child.kill('SIGINT');
    expect(await ended).toEqual([1, null]);
    expect(adding.output()).toContain('Nothing was written. The search was cancelled.');
    expect(accounts(place)).toEqual([]);
    await core.service.stop();
  });
});

describe('nothing is written', () => {
  async function refused(address: string, ...args: string[]) {
    const place = visit(net);
    const before = place.configuration();
    const ran = await place.run('add', address, ...args);
    expect(place.configuration()).toBe(before);
    expect(ran.code).toBe(1);
    return `${said(ran)}${ran.stderr}`;
  }

  test('for a server that DNS alone vouches for, --yes or not; until it is accepted by its name', async () => {
    const words = await refused('user@foreign.test', '--yes');
    expect(words).toContain('DNS alone says that imap.own.test is the server of user@foreign.test');
    expect(words).toContain('--accept imap.own.test,smtp.own.test');
    await refused('user@foreign.test', '--yes', '--accept', 'imap.own.test');
    const place = visit(net);
    const ran = await place.run('add', 'user@foreign.test', '--yes', '--accept', 'imap.own.test,smtp.own.test');
    expect(ran.code).toBe(0);
    expect(accounts(place)).toHaveLength(1);
  });

  test('where nobody is there to ask', async () => {
    expect(await refused('user@own.test')).toContain('--yes adds the account. Nothing was written.');
  });

  test('when nothing is found, and what to do is said', async () => {
    const words = await refused('user@nowhere.test', '--yes');
    expect(words).toContain('DNS knows of no mail for nowhere.test. Look for a typing error in the address.');
    expect(words).toContain('Ask your mail provider');
    expect(words).toContain('postern: no servers were found that could be used. Nothing was written.');
  });

  test('when half is found, or a server cannot be verified', async () => {
    const half = await refused('user@half.test', '--yes');
    expect(half).toMatch(/incoming, IMAP +imap\.half\.test port 993 +works/);
    expect(half).toContain('only a part was found. Nothing was written.');
    const rogue = await refused('user@rogue.test', '--yes');
    expect(rogue).toContain('The certificate is not for imap.rogue.test.');
    expect(rogue).toMatch(/imap\.rogue\.test port 993 +cannot be used/);
  });

  test('whatever the environment says about trust', async () => {
    const { root } = writeFiles(scratchDirectory('false'), issue(falseAuthority, { names: ['x.test'] }));
    const place = visit(net);
    const ran = await place.runIn(
      { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: root, SSL_CERT_FILE: root },
      ...['add', 'user@false.test', '--yes'],
    );
    expect(ran.code).toBe(1);
    const distrusted = (host: string) =>
      `${host} sent its own certificate without the one that connects it to a known authority.`;
    expect(said(ran)).toContain(`FAILED ${distrusted('autoconfig.false.test')}`);
    expect(said(ran)).toContain(`FAILED ${distrusted('imap.false.test')}`);
    expect(accounts(place)).toEqual([]);
  });

  test('for a provider that has no servers for mail programs', async () => {
    const words = await refused('user@proton.me', '--yes');
    expect(words).toContain('Proton Mail Bridge');
    expect(words).toContain('There is nothing that Postern could connect to.');
  });

  test('over a configuration that someone is in the middle of editing', async () => {
    const place = visit(net);
    place.configure('{ "version": 1, "accounts": [');
    const ran = await place.run('add', 'user@own.test', '--yes');
    expect(ran.code).toBe(2);
    expect(place.configuration()).toBe('{ "version": 1, "accounts": [');
  });

  test('for a name that is taken, said before the search', async () => {
    const place = visit(net);
    await place.run('add', 'user@own.test', '--yes');
    const before = place.configuration();
    const ran = await place.run('add', 'user@own.test', '--yes');
    expect(ran.stderr).toContain('There is already an account named "user@own.test".');
    expect(said(ran)).toBe('');
    expect(place.configuration()).toBe(before);
  });

  test.each([
    [['add'], /"add" needs an e-mail address/],
    [['add', 'user'], /This is no e-mail address/],
    [['add', 'user@own.test', '--imap', '--pop3'], /cannot be used together/],
  ])('wrong usage: %j', async (args, words) => {
    const ran = await visit(net).run(...args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(words);
  });
});

test('a directory and a news server without mail: each is added by the command that is shown', async () => {
  const place = visit(net);
  const ran = await place.run('add', 'user@people.test', '--yes');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('no servers for mail were found. Nothing was written.');
  expect(said(ran)).toContain('The DNS of people.test names a news server and a directory.');
  expect(said(ran)).toMatch(
    /DNS alone names news\.groups\.test, and DNS can be forged.*\n.*--server nntp=news\.groups\.test/,
  );
  expect(said(ran)).not.toContain('DNS alone names ldap.people.test');
  expect(said(ran)).not.toContain('What is known:');
  const commands = [...said(ran).matchAll(/This adds it: postern (add .*)/g)].map(([, command]) => command ?? '');
  for (const command of commands) {
    const added = await place.run(...(command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", '')));
    expect([added.code, added.stderr]).toEqual([0, '']);
  }
  expect(accounts(place).map(({ name, relays }) => [name, ...relays.map(({ server }) => server)])).toEqual([
    ['News of people.test', 'news.groups.test'],
    ['Address book of people.test', 'ldap.people.test'],
  ]);
});

describe('in a terminal', () => {
  test('asks before it writes: no', async () => {
    const place = visit(net);
    const ran = await place.runInTerminal(['n'], 'add', 'user@own.test');
    expect(said(ran)).toContain('Add this account as "user@own.test"? [Y/n]');
    expect(said(ran)).toContain('given up. Nothing was written.');
    expect(ran.code).toBe(1);
    expect(accounts(place)).toEqual([]);
  });

  test('asks before it writes: Enter is yes', async () => {
    const place = visit(net);
    const ran = await place.runInTerminal([''], 'add', 'user@own.test');
    expect(ran.code).toBe(0);
    expect(accounts(place)).toHaveLength(1);
  });

  test('a foreign server takes a yes of its own', async () => {
    const place = visit(net);
    const no = await place.runInTerminal([''], 'add', 'user@foreign.test');
    expect(said(no)).toContain('Is imap.own.test a server of your mail provider? [y/N]');
    expect(said(no)).toContain('imap.own.test was not confirmed.');
    expect(accounts(place)).toEqual([]);
    const yes = await place.runInTerminal(['y', 'y', 'y'], 'add', 'user@foreign.test');
    expect(yes.code).toBe(0);
    expect(accounts(place)).toHaveLength(1);
  });

  test('where a password will be refused, Enter is no', async () => {
    const place = visit(net);
    const ran = await place.runInTerminal(['', ''], 'add', 'user@token.test');
    expect(said(ran)).toContain('imap.token.test lets programs in by OAuth alone.');
    // Before the servers, with what to do.
    expect(said(ran)).toMatch(
      / does not accept passwords .*\s+Let Postern sign in with your consent\.[\s\S]+\sFound:\s/,
    );
    expect(said(ran)).toContain('Signing in with a password will be refused. Add "user@token.test" anyway? [y/N]');
    expect(accounts(place)).toEqual([]);
  });

  test('where tokens alone are taken, the way there is asked for, and what is next is said', async () => {
    const place = visit(net);
    const ran = await place.runInTerminal(['https://login.token.test/', ''], 'add', 'user@token.test');
    expect(said(ran)).toContain('The address where you sign in (issuer)');
    expect(said(ran)).toContain('Then sign in: postern accounts sign-in user@token.test');
    const signIn = { kind: 'oauth', user: 'user@token.test', issuer: 'https://login.token.test/' };
    expect(accounts(place)[0]?.signIn).toEqual(signIn);
    const kept = await place.run('add', 'user@own.test', '--keep-password', '--yes');
    expect(said(kept)).toContain('Password: the account’s local password');
    expect(said(kept)).toContain(`postern accounts sign-in user@own.test --data-dir ${place.dataDirectory}\n`);
    expect(accounts(place)[1]?.signIn).toEqual({ kind: 'stored', user: 'user@own.test' });
    const words = ['--issuer', signIn.issuer, '--client-id', 'an-id', '--name', 'Two', '--yes', '--json'];
    const told = await place.run('add', 'user@token.test', ...words);
    expect(JSON.parse(said(told)).added.signIn).toEqual({ ...signIn, clientId: 'an-id' });
  });
});
