/** Three replicas behind a real HAProxy, in front of a real Dovecot, under steady traffic. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { MailUser } from '../support/mail-users.ts';
import { needNamespaces } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { type Postfix, startPostfix } from '../support/postfix.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Balancer, type Replica, type ReplicaSource, startHaproxy, startReplica } from '../support/replicas.ts';
import { until } from '../support/service.ts';

/** Each program has a mailbox of its own: Dovecot allows ten connections at once for one mailbox. */
const users: MailUser[] = Array.from({ length: 12 }, (_, number) => ({
  address: `user${number}@example.test`,
  password: 'kanarienvogel',
}));

const sending = { kind: { protocol: 'smtp', tls: 'starttls' } } as const;
let postfix: Postfix;
let source: ReplicaSource;
let submitting: ReplicaSource;
let replicas: Replica[];
let balancer: Balancer;

beforeAll(async () => {
  needNamespaces();
  // Nobody vouches for this server: its sessions are only possible because of the decision in trust.json.
  const dovecot = await startDovecot({ identity: selfSigned({ names: ['localhost'] }), users });
  postfix = await startPostfix({ identity: selfSigned({ names: ['localhost'] }), dovecot, users });
  const server = { server: 'localhost', address: '127.0.0.1', port: dovecot.ports.imaps };
  const submission = { ...server, port: postfix.ports.submission };
  const first = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        {
          name: 'Everybody',
          relays: [
            { name: 'imap', protocol: 'imap', tls: 'implicit', listen: '127.0.0.1:0', ...server },
            { name: 'smtp', ...sending.kind, listen: '127.0.0.1:0', ...submission },
          ],
        },
      ],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  for (const relay of ['imap', 'smtp']) {
    await (await RawClient.connect(first.port(relay))).line();
    const { id } = await first.event('certificate-pending', (event) => event.relay === relay);
    expect((await first.command('certificates', 'approve', id)).code).toBe(0);
  }
  await first.stop();
  source = { server, trust: join(first.dataDirectory, 'trust.json') };
  submitting = { ...source, ...sending, server: submission };
  replicas = await Promise.all(['a', 'b', 'c'].map((name) => startReplica(name, source)));
  balancer = await startHaproxy(replicas);
});

type Outcome = 'served' | 'broken' | 'refused';

/** One session of a mail program. `refused`: it was told so; `broken`: it ended early, without any reply. */
async function session(port: number, user: MailUser): Promise<Outcome> {
  const client = await RawClient.connect(port);
  try {
    if (!(await client.line()).startsWith('* OK')) return 'refused';
    for (const command of [`a LOGIN ${user.address} ${user.password}`, 'b SELECT INBOX', 'c NOOP', 'd NOOP']) {
      const answer = (await client.imap(command)).at(-1) ?? '';
      if (!/^\w OK/.test(answer)) return 'refused';
    }
    await client.imap('e LOGOUT');
    await client.rest();
    client.finish();
    return 'served';
  } catch {
    return 'broken';
  }
}

/** One message, sent. `served`: the server has accepted it. */
async function message(port: number, { address, password }: MailUser): Promise<Outcome> {
  const client = await RawClient.connect(port);
  try {
    if (!(await client.smtpReply()).at(-1)?.startsWith('220')) return 'refused';
    const credentials = Buffer.from(`\0${address}\0${password}`).toString('base64');
    const commands = ['EHLO client', `AUTH PLAIN ${credentials}`, `MAIL FROM:<${address}>`, `RCPT TO:<${address}>`];
    for (const command of [...commands, 'DATA', 'Subject: replica\r\n\r\nHello.\r\n.']) {
      if (!/^[23]/.test((await client.smtp(command)).at(-1) ?? '')) return 'refused';
    }
    await client.smtp('QUIT');
    client.finish();
    return 'served';
  } catch {
    return 'broken';
  }
}

/** Programs that connect again and again until told to stop. */
function traffic(port: number, session: (port: number, user: MailUser) => Promise<Outcome>) {
  const counts: Record<Outcome, number> = { served: 0, broken: 0, refused: 0 };
  let going = true;
  const all = Promise.all(
    users.map(async (user) => {
      while (going) counts[await session(port, user)] += 1;
    }),
  );
  const end = async () => {
    going = false;
    await all;
  };
  atEnd(end);
  return { counts, end };
}

const servedBy = ({ events }: Replica) => events.filter(({ event }) => event === 'session-verified').length;
const faults = ({ events }: Replica) =>
  events.filter((event) => event.event === 'refused' || (event.event === 'session-closed' && event.ending !== 'clean'));

test('one is killed, one drained, one added: only sessions of the killed one break, nobody is refused', async () => {
  const { counts, end } = traffic(balancer.port, session);
  const [a, b, c] = replicas as [Replica, Replica, Replica];
  const more = async (replica: Replica, count: number) => {
    const from = servedBy(replica);
    await until(() => servedBy(replica) >= from + count, `${replica.name} serves ${count} more`);
  };
  await Promise.all(replicas.map((replica) => more(replica, 10)));
  expect({ ...counts, served: 0 }).toEqual({ served: 0, broken: 0, refused: 0 });

  // Killed without warning. Its own sessions break, and nothing else.
  a.signal('SIGKILL');
  await until(() => a.ended(), 'a is gone');
  await Promise.all([b, c].map((replica) => more(replica, 30)));
  expect(counts.refused).toBe(0);
  expect(counts.broken, 'never more than it had').toBeLessThanOrEqual(users.length);
  const { broken } = counts;

  // Drained: its sessions go on until they end, and it is stopped once it has none.
  await balancer.drain(b);
  expect(await b.stop()).toBe(0);
  await more(c, 30);

  // Added, under traffic.
  const d = await startReplica('d', source);
  await balancer.add(d);
  await more(d, 30);
  await end();
  expect([counts.broken, counts.refused]).toEqual([broken, 0]);
  expect([b, c, d].flatMap(faults)).toEqual([]);
  expect(b.events.find(({ event }) => event === 'session-verified')).toMatchObject({ trust: 'trusted-by-you' });
  expect(d.events.find(({ event }) => event === 'session-opened')).toMatchObject({ from: '127.0.0.1' });
});

test('mail that is sent through two, to a real Postfix by STARTTLS: one is killed, and what was taken is delivered', async () => {
  const pair = await Promise.all(['e', 'f'].map((name) => startReplica(name, submitting)));
  const [e, f] = pair as [Replica, Replica];
  const { port } = await startHaproxy(pair);
  const { counts, end } = traffic(port, message);
  await until(() => pair.every((replica) => servedBy(replica) >= 5), 'both serve');
  e.signal('SIGKILL');
  await until(() => e.ended(), 'e is gone');
  const from = servedBy(f);
  await until(() => servedBy(f) >= from + 20, 'f serves on');
  await end();
  expect(counts.refused).toBe(0);
  expect(counts.broken, 'never more than it had').toBeLessThanOrEqual(users.length);
  expect(faults(f)).toEqual([]);
  const delivered = () => postfix.log().match(/status=sent/g)?.length ?? 0;
  await until(() => delivered() >= counts.served, 'everything that was taken is delivered');
});
