import { createTransport } from 'nodemailer';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PosternEvent } from '../../proxy/contract/index.ts';
import { type Exim, startExim } from '../support/exim.ts';
import { type MailSystem, mailUsers, sixRoutes, startMailSystem } from '../support/mail-system.ts';
import { countDelivered, serverName } from '../support/mail-users.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

// An ordinary send: a program that hears 250 and closes without QUIT, and one that half-closes after QUIT. Postfix then
// closes without a TLS close_notify, and so does Exim; neither program was cut off, and nobody is told that it was.

const { alice } = mailUsers('alice');
const modes = ['implicit', 'starttls'] as const;
let system: MailSystem;
let exim: Exim;
let postern: Postern;
let sent = 0;

beforeAll(async () => {
  system = await startMailSystem([alice]);
  exim = await startExim({ identity: system.identity, user: alice });
  const { accounts, ...rest } = sixRoutes(system);
  const relays = modes.map((tls) => ({
    ...{ name: `exim-${tls}`, protocol: 'smtp' as const, tls, server: serverName, address: '127.0.0.1' },
    ...{ listen: '127.0.0.1:0', port: exim.ports[tls === 'implicit' ? 'submissions' : 'submission'] },
  }));
  postern = await startPostern({ configuration: { ...rest, accounts: [...accounts, { name: 'Exim', relays }] } });
});

type Closed = Extract<PosternEvent, { event: 'session-closed' }>;

/** How the sessions of the relay since event number `from` ended, once all of them have. */
async function endings(relay: string, from: number): Promise<Pick<Closed, 'ending' | 'truncated'>[]> {
  const of = (kind: PosternEvent['event']) =>
    postern.events.slice(from).filter((event) => event.event === kind && 'relay' in event && event.relay === relay);
  await until(() => of('session-closed').length === of('session-opened').length, 'all sessions have closed');
  return (of('session-closed') as Closed[]).map(({ ending, truncated }) => ({ ending, truncated }));
}

const clean = { ending: 'clean', truncated: false };
const message = { from: alice.address, to: alice.address, subject: 'ordinary', text: 'The body.\n'.repeat(500) };

describe.each(modes.flatMap((tls) => [`smtp-${tls}`, `exim-${tls}`]))('%s', (relay) => {
  const counts = (messages: number) => {
    if (relay.startsWith('smtp')) sent += messages;
  };

  test.each([false, true])('nodemailer, pool %s: twelve messages, no session was broken off', async (pool) => {
    const from = postern.events.length;
    const faults: unknown[] = [];
    const options = { host: '127.0.0.1', port: postern.port(relay), ignoreTLS: true };
    const auth = { user: alice.address, pass: alice.password };
    const transport = pool ? createTransport({ ...options, auth, pool }) : createTransport({ ...options, auth });
    transport.on('error', (error) => faults.push(error));
    await Promise.all(Array.from({ length: 12 }, () => transport.sendMail(message)));
    transport.close();
    counts(12);
    const ends = await endings(relay, from);
    expect(ends.length).toBeGreaterThan(0);
    expect(ends).toEqual(ends.map(() => clean));
    expect(faults).toEqual([]);
  });

  test('sixteen pipelined sends that half-close behind QUIT: each hears 221, and an end', async () => {
    const from = postern.events.length;
    const heard = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const client = await RawClient.connect(postern.port(relay));
        await client.smtpReply();
        await client.smtp('EHLO old.example');
        const plain = Buffer.from(`\0${alice.address}\0${alice.password}`).toString('base64');
        expect((await client.smtp(`AUTH PLAIN ${plain}`)).at(-1)).toMatch(/^235/);
        client.send(`MAIL FROM:<${alice.address}>\r\nRCPT TO:<${alice.address}>\r\nDATA\r\n`);
        expect([await client.line(), await client.line(), await client.line()]).toEqual([
          expect.stringMatching(/^250/),
          expect.stringMatching(/^250/),
          expect.stringMatching(/^354/),
        ]);
        client.socket.end(`Subject: pipelined\r\n\r\n${'The body.\r\n'.repeat(500)}.\r\nQUIT\r\n`);
        const codes = (await client.rest())
          .toString()
          .split('\r\n')
          .map((line) => line.slice(0, 3));
        return { codes, ended: await client.ended };
      }),
    );
    counts(16);
    expect(heard).toEqual(heard.map(() => ({ codes: ['250', '221', ''], ended: 'end' })));
    expect(await endings(relay, from)).toEqual(heard.map(() => clean));
  });
});

test('every message has arrived, once, and no refusal stands in the status', async () => {
  await until(() => countDelivered(system.dovecot.store, alice) >= sent, `${sent} messages are delivered`);
  expect(countDelivered(system.dovecot.store, alice)).toBe(sent);
  expect(exim.log().match(/ <= /g)?.length).toBe(sent);
  const { stdout } = await postern.command('status');
  expect(stdout.toString()).not.toMatch(/broke off|goodbye|last refusal/i);
});
