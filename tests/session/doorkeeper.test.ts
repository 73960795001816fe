import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { dialects } from '../../proxy/dialects/index.ts';
import { Refused } from '../../proxy/net/refused.ts';
import { type Doorkeeper, type DoorRules, keepDoor } from '../../proxy/session/doorkeeper.ts';
import { tooMany } from '../../proxy/session/places.ts';
import { createSilentDials } from '../../proxy/session/silent-dials.ts';
import { createWariness } from '../../proxy/session/wariness.ts';

const open: { destroy?(): unknown; close?(): unknown }[] = [];
afterEach(() => {
  for (const entry of open.splice(0)) (entry.destroy ?? entry.close)?.call(entry);
});

async function door(rules: Partial<DoorRules> = {}, enter = (client: net.Socket) => void client.end('* OK in\r\n')) {
  const refusals: Refused[] = [];
  const entered: net.Socket[] = [];
  let places = 0;
  const keeper = keepDoor(
    {
      dialect: dialects.imap,
      paused: () => false,
      ownUserOnly: () => true,
      devices: null,
      spareWaits: () => false,
      wariness: createWariness(),
      silentDials: createSilentDials(),
      admit: () => {
        places += 1;
        return null;
      },
      turnedAway: { note: (refusal) => refusals.push(refusal), end: () => {} },
      fault: (error) => {
        throw error;
      },
      ...rules,
    },
    (client) => {
      entered.push(client);
      enter(client);
    },
  );
  const server = net.createServer({ allowHalfOpen: true }, keeper.receive).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  const knock = async (says?: string) => {
    const program = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    open.push(program);
    if (says !== undefined) program.write(says);
    let heard = '';
    program.on('data', (chunk) => {
      heard += chunk;
    });
    program.on('error', () => {
      // One that is cut while it speaks is reset.
    });
    await new Promise((resolve) => program.once('close', resolve));
    return heard;
  };
  return { keeper, knock, refusals, entered, places: () => places };
}

test('honest: 84: a mail program enters', async () => {
  const { knock, places } = await door();
  expect(await knock()).toBe('* OK in\r\n');
  expect(places()).toBe(1);
});

test('84: a hundred requests of a web page at once take no place, are told, and make the next one watched for longer', async () => {
  const wariness = createWariness();
  const { knock, refusals, entered, places } = await door({ wariness });
  wariness.honest();
  const heard = await Promise.all(Array.from({ length: 100 }, () => knock('GET / HTTP/1.1\r\n\r\n')));
  expect(heard.filter((words) => !/^\* BYE Postern: A web browser/.test(words))).toEqual([]);
  expect(refusals).toHaveLength(100);
  expect([places(), entered.length]).toEqual([0, 0]);
  expect(wariness.quiet(1, false)).toBeGreaterThan(100);
});

test.each<[string, Partial<DoorRules>, RegExp, number]>([
  ['paused', { paused: () => true }, /Postern is paused/, 0],
  ['no place', { admit: () => tooMany }, /More mail connections are open than Postern allows/, 1],
])('%s: told', async (_what, rules, words, counted) => {
  const { knock, refusals, entered } = await door(rules);
  expect(await knock()).toMatch(words);
  expect([refusals.length, entered.length]).toEqual([counted, 0]);
});

test('108: a device that is not listed hears nothing, takes no place, and is told of; one that has left is not', async () => {
  const refusal = new Refused('device-not-allowed', { code: 'device-not-allowed', facts: { from: '10.0.0.9' } });
  const strangers: (Refused | 'gone')[] = [refusal, 'gone'];
  const { knock, refusals, entered, places } = await door({ devices: { stranger: () => strangers.shift() ?? null } });
  expect([await knock(), await knock()]).toEqual(['', '']);
  expect(refusals).toEqual([refusal]);
  expect([places(), entered.length]).toEqual([0, 0]);
  expect(await knock()).toBe('* OK in\r\n');
});

test('honest: 108: whose program it is can be asked of this computer alone; a web page on a device is still none of ours', async () => {
  const { knock, refusals } = await door({ devices: { stranger: () => null } });
  expect(await knock()).toBe('* OK in\r\n');
  expect(await knock('GET / HTTP/1.1\r\n\r\n')).toMatch(/A web browser/);
  expect(refusals.map(({ reason }) => reason)).toEqual(['client-not-mail']);
});

test('a mail program that has broken its connection before it was judged takes no place and opens no session', async () => {
  const { knock, refusals, entered, places } = await door({ ownUserOnly: () => false });
  const [server] = open as [net.Server];
  const broken = once(server, 'connection').then(([client]) => client.once('data', () => client.destroy()));
  expect(await knock('EHLO early\r\n')).toBe('');
  await broken;
  // A later one has been judged, so the first one has been as well.
  expect(await knock()).toBe('* OK in\r\n');
  expect([places(), entered.length, refusals]).toEqual([1, 1, []]);
});

test('who has not passed when the relay closes is told, once', async () => {
  const { keeper, knock, entered } = await door({ wariness: { ...createWariness(), quiet: () => 600_000 } });
  const [server] = open as [net.Server];
  const arrived = once(server, 'connection');
  const heard = knock();
  await arrived;
  await keeper.close();
  expect(await heard).toMatch(/^\* BYE Postern: Postern is closing\. Try again when it is running\.\r\n$/);
  expect(entered).toEqual([]);
});

test('who is at the door when the relay closes may still pass, and is told once the time is up', async () => {
  // One is watched while it says nothing, until it speaks; the other for longer than anybody waits.
  const { keeper, knock, entered } = await door({ wariness: { ...createWariness(), quiet: () => 600_000 } });
  const [server] = open as [net.Server];
  const arrived = () => once(server, 'connection').then(([client]) => client as net.Socket);
  const [first, speaker] = [arrived(), knock()];
  await first;
  const closed = keeper.close(600_000);
  (open.at(-1) as net.Socket).write('a NOOP\r\n');
  expect(await speaker).toBe('* OK in\r\n');
  await closed;
  expect(entered).toHaveLength(1);
  const late = await door({ wariness: { ...createWariness(), quiet: () => 600_000 } });
  const [other] = open.slice(-1) as [net.Server];
  const there = once(other, 'connection');
  const heard = late.knock();
  await there;
  await late.keeper.close(50);
  expect(await heard).toMatch(/^\* BYE Postern: Postern is closing\./);
  expect(late.entered).toEqual([]);
});

test('112: where TLS comes first, who has not got that far when the relay closes hears no word in plaintext', async () => {
  const { keeper, knock, entered, refusals } = await door({
    balancers: { has: () => true },
    // One that sends its header begins a handshake that does not end before the door is shut.
    acceptTls: (raw, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          raw.destroy();
          reject(signal.reason);
        });
      }),
  });
  const [server] = open as [net.Server];
  const arrived = () => once(server, 'connection');
  const heard: Promise<string>[] = [];
  for (const says of ['PROXY ', 'PROXY UNKNOWN\r\n']) {
    const there = arrived();
    heard.push(knock(says));
    await there;
  }
  await keeper.close();
  expect(await Promise.all(heard)).toEqual(['', '']);
  expect([entered, refusals]).toEqual([[], []]);
});

describe('shut again before its time is up', () => {
  const patient = { wariness: { ...createWariness(), quiet: () => 600_000 } };

  test('the shorter time counts, and both calls resolve', async () => {
    const { keeper, knock } = await door(patient);
    const [server] = open.slice(-1) as [net.Server];
    const there = once(server, 'connection');
    const heard = knock();
    await there;
    const both = [keeper.close(600_000), keeper.close(10)];
    expect(await heard).toMatch(/^\* BYE Postern: Postern is closing\./);
    await Promise.all(both);
  });

  test('a longer time later holds nobody at the door, and both resolve when the last one has passed', async () => {
    const { keeper, knock } = await door(patient);
    const [server] = open.slice(-1) as [net.Server];
    const there = once(server, 'connection');
    const heard = knock();
    await there;
    const both = [keeper.close(600_000), keeper.close(600_000)];
    (open.at(-1) as net.Socket).write('a NOOP\r\n');
    expect(await heard).toBe('* OK in\r\n');
    await Promise.all(both);
  });
});

describe('a fault of ours', () => {
  const broken = () => {
    throw new TypeError('no function');
  };
  /** Shows that nobody is at the door any more: it is shut at once. */
  const isEmpty = (keeper: Doorkeeper) => keeper.close(600_000);

  test('while a program is judged: it is told, and counted no longer', async () => {
    const faults: unknown[] = [];
    const { keeper, knock, entered } = await door({ ownUserOnly: broken, fault: (error) => void faults.push(error) });
    expect(await knock()).toMatch(/^\* BYE Postern: something went wrong inside Postern itself/);
    expect([faults.length, entered.length]).toEqual([1, 0]);
    await isEmpty(keeper);
  });

  test('while TLS begins, and once it has: nothing is counted any longer', async () => {
    const faults: unknown[] = [];
    const rules = { fault: (error: unknown) => void faults.push(error) };
    const unsecured = await door({ ...rules, acceptTls: broken });
    expect(await unsecured.knock()).toBe('');
    await isEmpty(unsecured.keeper);
    // What stands for the connection in TLS is another socket.
    const over = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(over, 'listening');
    open.push(over);
    const peer = net.connect((over.address() as AddressInfo).port, '127.0.0.1');
    open.push(peer);
    const [inTls] = (await once(over, 'connection')) as [net.Socket];
    const secured = await door({ ...rules, acceptTls: async () => inTls, ownUserOnly: broken });
    void secured.knock();
    peer.setEncoding('latin1');
    const [heard] = await once(peer, 'data');
    expect(heard).toMatch(/^\* BYE Postern: something went wrong inside Postern itself/);
    await isEmpty(secured.keeper);
    expect(faults).toHaveLength(2);
  });

  test('while a session begins: its program is told', async () => {
    const faults: unknown[] = [];
    const { keeper, knock, entered } = await door({ fault: (error) => void faults.push(error) }, broken);
    expect(await knock()).toMatch(/^\* BYE Postern: something went wrong inside Postern itself/);
    expect([faults.length, entered.length]).toEqual([1, 1]);
    await isEmpty(keeper);
  });
});
