import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findOwner, localOwner } from '../../proxy/net/local-owner.ts';

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (uid: number, inode: number) =>
  `   1: 0100007F:C000 0100007F:0477 01 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000\n`;
const ends = { localAddress: '127.0.0.1', localPort: 0x477, remoteAddress: '127.0.0.1', remotePort: 0xc000 };

describe('findOwner', () => {
  test('finds the user of the other end', () => {
    expect(findOwner(header + row(1000, 4711), ends)).toEqual({ uid: 1000 });
  });
  test('takes our own end, where both are listed, for nobody else', () => {
    const ours =
      '   0: 0100007F:0477 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000\n';
    expect(findOwner(header + ours + row(1000, 4711), ends)).toEqual({ uid: 1000 });
  });
  test('a socket that no program holds any more is nobody’s', () => {
    expect(findOwner(header + row(0, 0), ends)).toBe('gone');
  });
  test('an unlisted connection says nothing', () => {
    expect(findOwner(header, ends)).toBeNull();
  });
});

test.each(['127.0.0.1', '::1'])('a connection of this process over %s is our own', async (host) => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, host);
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = accepted;
  const owner = await localOwner({ localAddress, localPort, remoteAddress, remotePort }, process.getuid?.());
  expect(owner.kind).toBe(process.platform === 'linux' ? 'own-user' : 'unknown');
  const stranger = await localOwner({ localAddress, localPort, remoteAddress, remotePort }, 4_000_000);
  expect(stranger.kind).toBe(process.platform === 'linux' ? 'other-user' : 'unknown');
  // A port that is used again at once: several ask about the same two ends, and all hear of it.
  const asked = Array.from({ length: 5 }, () =>
    localOwner({ localAddress, localPort, remoteAddress, remotePort }, process.getuid?.()),
  );
  expect(new Set((await Promise.all(asked)).map(({ kind }) => kind))).toEqual(new Set([owner.kind]));
  client.destroy();
  accepted.destroy();
  server.close();
});

test('67: an end that was closed or reset is nobody’s, and is not taken for ours', async () => {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [net.Socket];
    accepted.on('error', () => undefined);
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = accepted;
    client[how]();
    await once(client, 'close');
    const owner = await localOwner({ localAddress, localPort, remoteAddress, remotePort }, process.getuid?.());
    // After a reset neither end is listed: the reset itself ends the session.
    expect(owner.kind).toBe(how === 'destroy' ? 'gone' : 'unknown');
    accepted.destroy();
  }
  server.close();
});
