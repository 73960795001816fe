import { Duplex, PassThrough } from 'node:stream';
import { expect, describe as group, test } from 'vitest';
import { describe, watchFirstBytes } from '../../../proxy/trust/tls/first-bytes.ts';

const serverHello = (version: string) => `160303004a0200004603${version.slice(2)}`;

group('the first bytes', () => {
  test.each([
    ['nothing', '', 'none', null, null],
    ['part of a header', '1603', 'none', null, null],
    ['a greeting', '2a204f4b', 'not-tls', null, null],
    ['one letter', '32', 'not-tls', null, null],
    ['a web page', '485454502f312e31', 'not-tls', null, null],
    ['something that begins like a record', '16410000000000', 'not-tls', null, null],
    ['an alert about the version', '15030300020246', 'alert', 70, null],
    ['an alert about the ciphers', '15030300020228', 'alert', 40, null],
    ['a ServerHello of TLS 1.2', serverHello('0303'), 'handshake', null, 0x0303],
    ['a ServerHello of TLS 1.1', serverHello('0302'), 'handshake', null, 0x0302],
    ['a handshake message of another kind', '160303004a0b000046030312', 'handshake', null, null],
    ['application data', '17030300100000', 'other', null, null],
  ] as const)('%s', (_, bytes, kind, alert, serverVersion) => {
    const head = Buffer.from(bytes, 'hex');
    expect(describe(head, head.length)).toEqual({
      received: head.length,
      kind,
      alert,
      serverVersion,
      plaintext: kind === 'not-tls' ? head.toString('latin1') : null,
    });
  });
});

group('the watch', () => {
  test('puts together what comes in pieces, and copies what it keeps', async () => {
    const stream = new PassThrough();
    const watch = watchFirstBytes(stream, 1000, () => {});
    const shared = Buffer.alloc(1);
    for (const byte of Buffer.from('15030300020246', 'hex')) {
      shared.writeUInt8(byte);
      stream.emit('data', shared);
    }
    expect(watch.seen()).toMatchObject({ kind: 'alert', alert: 70, received: 7 });
    watch.stop();
    expect(stream.listenerCount('data')).toBe(0);
  });

  test.each([
    ['a fatal alert, in pieces', '15030300020210', 1],
    ['a warning, as servers send about a name that they do not know', '15030300020170', 0],
    ['a part of an alert', '150303000202', 0],
    ['a handshake', '16030300020210', 0],
  ])('tells of %s', (_, bytes, times) => {
    const stream = new PassThrough();
    let told = 0;
    watchFirstBytes(
      stream,
      1000,
      () => {},
      () => {
        told += 1;
      },
    );
    for (const byte of Buffer.from(`${bytes}15030300020210`.slice(0, times === 0 ? bytes.length : undefined), 'hex')) {
      stream.emit('data', Buffer.from([byte]));
    }
    expect(told).toBe(times);
  });

  test('tells once when there is too much, and not before', () => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    let told = 0;
    watchFirstBytes(stream, 100, () => {
      told += 1;
    });
    stream.emit('data', Buffer.alloc(100, 0x16));
    expect(told).toBe(0);
    stream.emit('data', Buffer.alloc(1));
    stream.emit('data', Buffer.alloc(1000));
    expect(told).toBe(1);
  });
});
