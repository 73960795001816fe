import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  copyWithMutt,
  fetchWithCurl,
  fetchWithFetchmail,
  fetchWithPython,
  sendWithCurl,
  sendWithMsmtp,
  sendWithMutt,
  sendWithPython,
} from '../support/mail-programs.ts';
import { type MailSystem, mailUsers, routes, sixRoutes, startMailSystem } from '../support/mail-system.ts';
import { countDelivered, deliveredMessages, type MailUser } from '../support/mail-users.ts';
import {
  awkwardMessages,
  largeMessage,
  nameOf,
  smallMessages,
  type TestMessage,
  withoutTrace,
} from '../support/messages.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { until } from '../support/service.ts';

// Real mail programs, the built Postern, a real Postfix and a real Dovecot: what was sent comes back unchanged.

const senders = { python: sendWithPython, curl: sendWithCurl, msmtp: sendWithMsmtp };
const senderCases = Object.keys(senders).flatMap((program) =>
  (['implicit', 'starttls'] as const).map((tls) => ({ program: program as keyof typeof senders, tls })),
);
const fetchRoutes = routes.filter(({ protocol }) => protocol !== 'smtp') as {
  protocol: 'imap' | 'pop3';
  tls: 'implicit' | 'starttls';
  relay: string;
}[];

const users = mailUsers(
  ...senderCases.map(({ program, tls }) => `${program}-${tls}`),
  ...['many', 'large-implicit', 'large-starttls', 'mutt-implicit', 'mutt-starttls', 'mechanisms', 'reader'],
);
const user = (name: string): MailUser => {
  const found = users[name];
  if (!found) throw new Error(`no user ${name}`);
  return found;
};

let system: MailSystem;
let postern: Postern;

beforeAll(async () => {
  system = await startMailSystem(Object.values(users));
  postern = await startPostern({ configuration: sixRoutes(system) });
});

async function delivered(to: MailUser, count: number): Promise<void> {
  await until(() => countDelivered(system.dovecot.store, to) >= count, `${count} messages are delivered`);
}

/** Compares by name and content; messages of several megabytes by their hash. */
function expectSame(fetched: Buffer[], sent: TestMessage[]): void {
  const digest = (bytes: Buffer) =>
    bytes.length < 10_000 ? bytes.toString('latin1') : createHash('sha256').update(bytes).digest('hex');
  const table = (rows: [string, Buffer][]) => rows.map(([name, bytes]) => [name, digest(bytes)]).sort();
  expect(table(fetched.map((bytes) => [nameOf(bytes), withoutTrace(bytes)]))).toEqual(
    table(sent.map(({ name, bytes }) => [name, bytes])),
  );
}

describe.each(senderCases)('mail sent by $program, $tls', ({ program, tls }) => {
  const to = user(`${program}-${tls}`);
  const sent = awkwardMessages();

  beforeAll(async () => {
    await senders[program](postern.port(`smtp-${tls}`), to, sent);
    await delivered(to, sent.length);
  });

  test.each(fetchRoutes)('comes back by $relay', async ({ protocol, relay }) => {
    expectSame(await fetchWithPython(protocol, postern.port(relay), to), sent);
  });
});

describe('mail is read by', () => {
  const to = user('reader');
  const sent = awkwardMessages();

  beforeAll(async () => {
    await sendWithPython(postern.port('smtp-implicit'), to, sent);
    await delivered(to, sent.length);
  });

  test.each(fetchRoutes)('curl through $relay', async ({ protocol, relay }) => {
    const numbers = sent.map((_, index) => index + 1);
    expectSame(await fetchWithCurl(protocol, postern.port(relay), to, numbers), sent);
  });

  test.each(fetchRoutes)('fetchmail through $relay', async ({ protocol, relay }) => {
    expectSame(await fetchWithFetchmail(protocol, postern.port(relay), to), sent);
  });

  test('fetchmail with APOP, whose stamp survives on implicit TLS', async () => {
    expectSame(await fetchWithFetchmail('apop', postern.port('pop3-implicit'), to), sent);
  });
});

test('500 small messages go out in two sessions and come back whole by every route', async () => {
  const to = user('many');
  const sent = smallMessages(500);
  await Promise.all([
    sendWithPython(postern.port('smtp-implicit'), to, sent.slice(0, 250)),
    sendWithPython(postern.port('smtp-starttls'), to, sent.slice(250)),
  ]);
  await delivered(to, sent.length);
  for (const { protocol, relay } of fetchRoutes) {
    expectSame(await fetchWithPython(protocol, postern.port(relay), to), sent);
  }
});

test.each(['implicit', 'starttls'] as const)('an attachment of 40 MB survives, sent by %s', async (tls) => {
  const to = user(`large-${tls}`);
  const sent = [largeMessage(40_000_000)];
  await sendWithCurl(postern.port(`smtp-${tls}`), to, sent);
  await delivered(to, 1);
  for (const { protocol, relay } of fetchRoutes) {
    expectSame(await fetchWithCurl(protocol, postern.port(relay), to, [1]), sent);
  }
});

test.each(['implicit', 'starttls'] as const)('mutt sends an attachment and reads the inbox, %s', async (tls) => {
  const to = user(`mutt-${tls}`);
  const attachment = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
  await sendWithMutt(postern.port(`smtp-${tls}`), to, `from mutt by ${tls}`, attachment);
  await delivered(to, 1);
  const [stored] = deliveredMessages(system.dovecot.store, to);
  const encoded = attachment.toString('base64').match(/.{1,72}/g) ?? [];
  expect(stored?.toString('latin1')).toContain(`\n\n${encoded.join('\n')}\n`);
  for (const protocol of ['imap', 'pop'] as const) {
    const copy = await copyWithMutt(protocol, postern.port(`${protocol === 'pop' ? 'pop3' : 'imap'}-${tls}`), to);
    expect(copy).toContain(`\nSubject: from mutt by ${tls}\n`);
    expect(copy).toContain(`\n\n${encoded.join('\n')}\n`);
  }
});

describe.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('signing in with AUTH=%s', (mechanism) => {
  const to = user('mechanisms');

  test.each(['implicit', 'starttls'] as const)('sends by smtp-%s', async (tls) => {
    const before = countDelivered(system.dovecot.store, to);
    await sendWithCurl(postern.port(`smtp-${tls}`), to, smallMessages(1), `AUTH=${mechanism}`);
    await delivered(to, before + 1);
    expect(countDelivered(system.dovecot.store, to)).toBe(before + 1);
  });

  test.each(fetchRoutes)('reads by $relay', async ({ protocol, tls, relay }) => {
    const reader = user('reader');
    const [bytes = Buffer.alloc(0)] = await fetchWithCurl(
      protocol,
      postern.port(relay),
      reader,
      [1],
      `AUTH=${mechanism}`,
    );
    expect(nameOf(bytes), tls).toBe(awkwardMessages()[0]?.name);
  });
});

test('every session was verified and none refused', () => {
  const verified = postern.events.flatMap((event) => (event.event === 'session-verified' ? [event] : []));
  expect(new Set(verified.map(({ relay }) => relay))).toEqual(new Set(routes.map(({ relay }) => relay)));
  expect(new Set(verified.map(({ fingerprint }) => fingerprint))).toEqual(new Set([system.identity.fingerprint]));
  expect(new Set(verified.map(({ trust }) => trust))).toEqual(new Set(['verified']));
  expect(postern.events.filter(({ event }) => event === 'refused' || event === 'relay-failed')).toEqual([]);
});
