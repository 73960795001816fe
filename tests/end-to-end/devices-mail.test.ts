import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { beginTls } from '../support/device.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { fetchWithFetchmail } from '../support/mail-programs.ts';
import { countDelivered, deliveredMessages, serverName } from '../support/mail-users.ts';
import { awkwardMessages, nameOf, type TestMessage, withoutTrace } from '../support/messages.ts';
import { needProgram, needRoot } from '../support/needs.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { type Postfix, startPostfix } from '../support/postfix.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

// Devices, with the real Postfix and Dovecot as their relays' servers. A balancer at 127.0.0.9 names each device's
// address.

const alice = { address: 'alice@example.test', password: 'correct horse' };
const scanner = '192.168.7.20';
const auth = `AUTH PLAIN ${Buffer.from(`\0${alice.address}\0${alice.password}`).toString('base64')}`;
const messages = awkwardMessages();
let core: Core;
let dovecot: Dovecot;
let postfix: Postfix;

beforeAll(async () => {
  needRoot();
  const authority = createAuthority();
  const identity = issue(authority, { names: [serverName] });
  dovecot = await startDovecot({ identity, users: [alice] });
  postfix = await startPostfix({ identity, dovecot, users: [alice] });
  const at = { server: serverName, proxyProtocol: ['127.0.0.9'] };
  const sending = { ...at, lan: { allow: [scanner], senders: [alice.address] } };
  const reading = { ...at, lan: { allow: [scanner], reading: true } };
  const { submission, submissions } = postfix.ports;
  const { imaps, pop3 } = dovecot.ports;
  core = await startCore({
    authority,
    relays: [
      relayTo({ protocol: 'smtp', port: submissions, tls: 'implicit' }, { ...sending, name: 'implicit' }),
      relayTo({ protocol: 'smtp', port: submission, tls: 'starttls' }, { ...sending, name: 'starttls' }),
      relayTo({ protocol: 'imap', port: imaps, tls: 'implicit' }, { ...reading, name: 'imap' }),
      relayTo({ protocol: 'pop3', port: pop3, tls: 'starttls' }, { ...reading, name: 'pop3' }),
    ],
  });
});

async function device(relay: string, address = scanner): Promise<RawClient> {
  const socket = connect({ port: core.port(relay), host: '127.0.0.1', localAddress: '127.0.0.9' });
  await once(socket, 'connect');
  const client = RawClient.over(socket);
  client.send(`PROXY TCP4 ${address} 198.51.100.1 53791 25\r\n`);
  return client;
}

const stuffed = ({ bytes }: TestMessage) => bytes.toString('latin1').replace(/^\./gm, '..');

test.each([
  ['implicit', 'DATA'],
  ['starttls', 'DATA'],
  ['implicit', 'all at once'],
  ['starttls', 'BDAT'],
  ['implicit', 'DATA in TLS'],
  ['starttls', 'BDAT in TLS'],
])('honest: 109, 110: over %s, by %s, Postfix and Dovecot get every byte', async (relay, how) => {
  const before = deliveredMessages(dovecot.store, alice).length;
  let client = await device(relay);
  await client.smtpReply();
  if (how.endsWith('in TLS')) {
    await client.smtp('EHLO scanner');
    expect((await client.smtp('STARTTLS'))[0]).toMatch(/^220/);
    client = RawClient.over(await beginTls(client.socket));
  }
  await client.smtp('EHLO scanner');
  expect((await client.smtp(auth))[0]).toMatch(/^235/);
  for (const message of messages) {
    const from = `MAIL FROM: <${alice.address}> BODY=8BITMIME`;
    const to = `RCPT TO:<${alice.address}>`;
    if (how === 'all at once') {
      client.send(`${from}\r\n${to}\r\nDATA\r\n${stuffed(message)}.\r\n`);
      for (const code of ['250', '250', '354', '250']) expect((await client.smtpReply())[0]).toContain(code);
      continue;
    }
    expect((await client.smtp(from))[0]).toMatch(/^250/);
    expect((await client.smtp(to))[0]).toMatch(/^250/);
    if (how.startsWith('BDAT')) {
      const half = message.bytes.length >> 1;
      client.send(Buffer.concat([Buffer.from(`BDAT ${half}\r\n`), message.bytes.subarray(0, half)]));
      expect((await client.smtpReply())[0]).toMatch(/^250/);
      const rest = message.bytes.subarray(half);
      client.send(Buffer.concat([Buffer.from(`BDAT ${rest.length} LAST\r\n`), rest]));
    } else {
      expect((await client.smtp('DATA'))[0]).toMatch(/^354/);
      client.send(`${stuffed(message)}.\r\n`);
    }
    expect((await client.smtpReply())[0]).toMatch(/^250/);
  }
  expect((await client.smtp('QUIT'))[0]).toMatch(/^221/);
  await until(() => countDelivered(dovecot.store, alice) === before + messages.length, 'all are delivered');
});

test('honest: 108, 111: a device that may read fetches them by IMAP, in TLS, and by POP3 as they were sent', async () => {
  const plain = await device('imap');
  expect(await plain.line()).toMatch(/\bSTARTTLS\b/);
  expect((await plain.imap('s STARTTLS')).at(-1)).toMatch(/^s OK/);
  const imap = RawClient.over(await beginTls(plain.socket));
  await imap.imap(`a LOGIN ${alice.address} "${alice.password}"`);
  await imap.imap('b SELECT INBOX');
  const pop3 = await device('pop3');
  await pop3.line();
  for (const line of [`USER ${alice.address}`, `PASS ${alice.password}`]) {
    pop3.send(`${line}\r\n`);
    expect(await pop3.line()).toMatch(/^\+OK/);
  }
  const count = countDelivered(dovecot.store, alice);
  const seen = new Set<string>();
  for (let number = 1; number <= count; number += 1) {
    imap.send(`c${number} FETCH ${number} BODY.PEEK[]\r\n`);
    const size = Number(/\{(\d+)\}\r?\n?$/.exec(await imap.line())?.[1]);
    const byImap = await imap.bytes(size);
    await imap.imapReply(`c${number}`);
    const [, ...byPop3] = await pop3.pop3Lines(`RETR ${number}`);
    const sent = messages.find(({ name }) => name === nameOf(byImap));
    expect(withoutTrace(byImap).equals(sent?.bytes ?? Buffer.alloc(0)), nameOf(byImap)).toBe(true);
    expect(`${byPop3.join('\r\n')}\r\n`).toBe(byImap.toString('latin1'));
    seen.add(nameOf(byImap));
  }
  expect(seen.size).toBe(messages.length);
});

/** A port of this computer from which programs reach a relay as the scanner does. */
async function doorFor(relay: string): Promise<number> {
  const door = createServer((program) => {
    const on = connect({ port: core.port(relay), host: '127.0.0.1', localAddress: '127.0.0.9' });
    on.write(`PROXY TCP4 ${scanner} 198.51.100.1 53791 25\r\n`);
    for (const socket of [program, on]) socket.on('error', () => {});
    program.pipe(on).pipe(program);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  atEnd(() => void door.close());
  return (door.address() as AddressInfo).port;
}

test('honest: 108, 111: fetchmail asks for TLS, checks the certificate, and fetches them by IMAP and by POP3', async () => {
  needProgram('fetchmail');
  const { pem, names } = await core.proxy.commands.localCertificate({});
  const certificate = join(scratchDirectory('devices-mail'), 'postern.pem');
  writeFileSync(certificate, pem);
  for (const protocol of ['imap', 'pop3'] as const) {
    const tls = { certificate, name: names[0] ?? '' };
    const fetched = await fetchWithFetchmail(protocol, await doorFor(protocol), alice, tls);
    expect(fetched).toHaveLength(countDelivered(dovecot.store, alice));
    expect(core.proxy.state.get('relays', protocol)?.devices).toMatchObject([{ address: scanner, tls: 'TLSv1.3' }]);
    for (const message of fetched) {
      const sent = messages.find(({ name }) => name === nameOf(message));
      expect(withoutTrace(message).equals(sent?.bytes ?? Buffer.alloc(0)), nameOf(message)).toBe(true);
    }
  }
});

test('109: another sender than the listed one reaches neither', async () => {
  const client = await device('implicit');
  await client.smtpReply();
  await client.smtp('EHLO scanner');
  await client.smtp(auth);
  expect((await client.smtp('MAIL FROM:<other@example.test>'))[0]).toMatch(/^550 5\.7\.1 Postern/);
  expect(postfix.log()).not.toContain('other@example.test');
});
