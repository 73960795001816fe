import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { localOwner } from '../../proxy/net/local-owner.ts';
import { createSocketTables } from '../../proxy/net/socket-table.ts';
import { atEnd } from '../support/clean-up.ts';
import { needRoot } from '../support/needs.ts';
import { root } from '../support/sources.ts';

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (ends: string, uid: number | string, inode: number | string) =>
  `   1: ${ends} 01 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000\n`;
const theirs = '0100007F:C000 0100007F:0477';
const theirsMapped = '0000000000000000FFFF00000100007F:C000 0000000000000000FFFF00000100007F:0477';
const ends = { localAddress: '127.0.0.1', localPort: 0x477, remoteAddress: '127.0.0.1', remotePort: 0xc000 };

/** The kernel's lists, with these texts. */
function lists(texts: { tcp?: string; tcp6?: string }) {
  const readings: string[] = [];
  const tables = createSocketTables((table, into, length, position) => {
    if (position === 0) readings.push(table);
    const text = header + (texts[table.replace('/proc/net/', '') as 'tcp' | 'tcp6'] ?? '');
    return into.write(text.slice(position, position + length), 'latin1');
  });
  return { tables, readings };
}
const owner = (texts: { tcp?: string; tcp6?: string }) => localOwner(ends, 1000, lists(texts).tables);

describe('what the lists say', () => {
  test.each<[string, { tcp?: string; tcp6?: string }, object]>([
    ['our own program', { tcp: row(theirs, 1000, 4711) }, { kind: 'own-user', inode: '4711' }],
    ['another user’s', { tcp: row(theirs, 1001, 4711) }, { kind: 'other-user', uid: 1001 }],
    [
      'our own end, where both are listed, is nobody else',
      { tcp: row('0100007F:0477 0100007F:C000', 0, 1) + row(theirs, 1000, 4711) },
      { kind: 'own-user', inode: '4711' },
    ],
    [
      '82: our own program over a dual-stack socket',
      { tcp6: row(theirsMapped, 1000, 4711) },
      { kind: 'own-user', inode: '4711' },
    ],
    ['82: another user’s', { tcp6: row(theirsMapped, 1001, 4711) }, { kind: 'other-user', uid: 1001 }],
    ['a socket that no program holds any more is nobody’s', { tcp: row(theirs, 0, 0) }, { kind: 'gone' }],
    ['neither is one that is not listed', {}, { kind: 'gone' }],
    ['83: a line that makes no sense', { tcp: row(theirs, 'x', 4711) }, { kind: 'unreadable' }],
    ['83: a line that is cut off', { tcp: `   1: ${theirs} 01 0000\n` }, { kind: 'unreadable' }],
  ])('%s', async (_what, texts, expected) => {
    expect(await owner(texts)).toEqual(expected);
  });

  test('who is not listed is looked for again: a list may change while it is read', async () => {
    const { tables, readings } = lists({});
    await localOwner(ends, 1000, tables);
    expect(readings).toEqual(Array.from({ length: 3 }, () => ['/proc/net/tcp', '/proc/net/tcp6']).flat());
  });
});

test('83: lists that cannot be read let nobody pass as our own', async () => {
  const unreadable = createSocketTables(() => {
    throw Object.assign(new Error('no descriptor left'), { code: 'EMFILE' });
  });
  expect(await localOwner(ends, 1000, unreadable)).toEqual({ kind: 'unreadable' });
});

/** A connection of this process: the accepted side, and the other. */
async function connection(listen: string, connect: string) {
  const server = net
    .createServer({ allowHalfOpen: true })
    .listen({ port: 0, host: listen, ipv6Only: listen === '::1' });
  await once(server, 'listening');
  const client = net.connect({ port: (server.address() as AddressInfo).port, host: connect });
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  accepted.on('error', () => undefined);
  server.close();
  return { client, accepted };
}

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.2'],
  ['::1', '::1'],
  // Java and .NET use an IPv6 socket for IPv4 addresses, too.
  ['127.0.0.1', '::ffff:127.0.0.1'],
])('honest: 82: a connection of this process at %s to %s is our own', async (listen, connect) => {
  const { client, accepted } = await connection(connect === '127.0.0.2' ? connect : listen, connect);
  const linux = process.platform === 'linux';
  expect((await localOwner(accepted)).kind).toBe(linux ? 'own-user' : 'unknown');
  expect((await localOwner(accepted, 4_000_000)).kind).toBe(linux ? 'other-user' : 'unknown');
  // Several ask about the same two ends at once, and all get an answer.
  const asked = await Promise.all(Array.from({ length: 5 }, () => localOwner(accepted)));
  expect(new Set(asked.map(({ kind }) => kind))).toEqual(new Set([linux ? 'own-user' : 'unknown']));
  client.destroy();
  accepted.destroy();
});

test.each(['destroy', 'resetAndDestroy'] as const)(
  '67: an end that was closed (%s) is nobody’s, and is not taken for ours',
  async (how) => {
    const { client, accepted } = await connection('127.0.0.1', '127.0.0.1');
    const { localAddress, localPort, remoteAddress, remotePort } = accepted;
    client[how]();
    await once(client, 'close');
    expect(await localOwner({ localAddress, localPort, remoteAddress, remotePort })).toEqual({ kind: 'gone' });
    accepted.destroy();
    expect(await localOwner(accepted)).toEqual({ kind: 'gone' });
  },
);

/** The result for this user, in a user namespace in which only this id exists. */
async function judgedAs(uid: number, others: boolean): Promise<string> {
  needRoot();
  const script = `
    import net from 'node:net';
    import { localOwner } from ${JSON.stringify(join(root, 'proxy/net/local-owner.ts'))};
    const server = net.createServer(async (socket) => {
      console.log((await localOwner(socket)).kind);
      process.exit();
    }).listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const words = ['--user', `--map-user=${uid}`, process.execPath, '--input-type=module', '-e', script];
  const judge = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => void judge.kill());
  const lines = createInterface({ input: judge.stdout })[Symbol.asyncIterator]();
  const port = (await lines.next()).value;
  const connect = `import socket, sys\ns = socket.create_connection(("127.0.0.1", ${port}))\ns.recv(1)`;
  const who = others ? { uid: 65_534, gid: 65_534 } : {};
  const program = spawn('python3', ['-c', connect], { ...who, stdio: 'ignore' });
  atEnd(() => void program.kill());
  return String((await lines.next()).value);
}

describe.runIf(process.platform === 'linux')('in a user namespace', () => {
  test('83: whoever has the number that stands for all others takes nobody for its own', async () => {
    expect(await judgedAs(65_534, true)).toBe('unreadable');
  });
  test('honest: 83: under any other number its own programs are known, and others are', async () => {
    expect([await judgedAs(1000, false), await judgedAs(1000, true)]).toEqual(['own-user', 'other-user']);
  });
});
