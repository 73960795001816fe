/** Three replicas behind a real HAProxy, a real Dovecot behind them, under steady traffic. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { MailUser } from '../support/mail-users.ts';
import { needNamespaces } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Balancer, type Replica, type ReplicaSource, startHaproxy, startReplica } from '../support/replicas.ts';
import { until } from '../support/service.ts';

/** Each program has a mailbox of its own: Dovecot lets one have ten connections at once. */
const users: MailUser[] = Array.from({ length: 12 }, (_, number) => ({
  address: `user${number}@example.test`,
  password: 'kanarienvogel',
}));

let source: ReplicaSource;
let replicas: Replica[];
let balancer: Balancer;

beforeAll(async () => {
  needNamespaces();
  // Nobody vouches for this server: that sessions come to be is the work of the decision in trust.json.
  const dovecot = await startDovecot({ identity: selfSigned({ names: ['localhost'] }), users });
  const server = { server: 'localhost', address: '127.0.0.1', port: dovecot.ports.imaps };
  const first = await startPostern({
    configuration: {
      version: 1,
      accounts: [
        {
          name: 'Everybody',
          relays: [{ name: 'imap', protocol: 'imap', tls: 'implicit', listen: '127.0.0.1:0', ...server }],
        },
      ],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
  const client = await RawClient.connect(first.port('imap'));
  await client.line();
  const { id } = await first.event('certificate-pending');
  expect((await first.command('certificates', 'approve', id)).code).toBe(0);
  await first.stop();
  source = { server, trust: join(first.dataDirectory, 'trust.json') };
  replicas = await Promise.all(['a', 'b', 'c'].map((name) => startReplica(name, source)));
  balancer = await startHaproxy(replicas);
});

type Outcome = 'served' | 'broken' | 'refused';

/** One session of a mail program. `refused`: it was told so; `broken`: it ended early, without a word. */
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

/** Programs that come again and again, until they are told to stop. */
function traffic(port: number) {
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
  const { counts, end } = traffic(balancer.port);
  const [a, b, c] = replicas as [Replica, Replica, Replica];
  const more = async (replica: Replica, count: number) => {
    const from = servedBy(replica);
    await until(() => servedBy(replica) >= from + count, `${replica.name} serves ${count} more`);
  };
  await Promise.all(replicas.map((replica) => more(replica, 10)));
  expect({ ...counts, served: 0 }).toEqual({ served: 0, broken: 0, refused: 0 });

  // Killed, without a word. What it had breaks, and nothing else.
  a.signal('SIGKILL');
  await until(() => a.ended(), 'a is gone');
  await Promise.all([b, c].map((replica) => more(replica, 30)));
  expect(counts.refused).toBe(0);
  expect(counts.broken, 'never more than it had').toBeLessThanOrEqual(users.length);
  const { broken } = counts;

  // Drained: its sessions go on to their end, and it is stopped with none.
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
