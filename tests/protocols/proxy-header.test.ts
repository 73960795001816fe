import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProxyHeader } from '../../proxy/protocols/proxy-header.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** A header of version 2. */
function binary(command: number, family: number, body: Buffer, size = body.length): Buffer {
  return Buffer.concat([signature, Buffer.from([command, family, size >> 8, size & 0xff]), body]);
}
const ends4 = Buffer.from('c0000207c6336401d21f008f', 'hex');
const ends6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000007', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('d21f008f', 'hex'),
]);
const tlvs = Buffer.from('0200036162634000020102', 'hex');
const source4 = { address: '192.0.2.7', port: 53_791 };
const source6 = { address: '2001:db8::7', port: 53_791 };

const good: [string, Buffer, object | null][] = [
  ['TCP4', latin1('PROXY TCP4 192.0.2.7 198.51.100.1 53791 143\r\n'), source4],
  ['TCP6', latin1('PROXY TCP6 2001:db8::7 2001:db8::1 53791 143\r\n'), source6],
  ['UNKNOWN', latin1('PROXY UNKNOWN\r\n'), null],
  ['UNKNOWN with what is to be ignored', latin1('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), null],
  ['version 2, IPv4', binary(0x21, 0x11, ends4), source4],
  ['version 2, IPv6', binary(0x21, 0x21, ends6), source6],
  ['version 2 with TLVs', binary(0x21, 0x11, Buffer.concat([ends4, tlvs])), source4],
  ['version 2 with TLVs up to the limit', binary(0x21, 0x11, Buffer.concat([ends4, Buffer.alloc(4084)])), source4],
  ['LOCAL', binary(0x20, 0x00, Buffer.alloc(0)), null],
  ['LOCAL with addresses', binary(0x20, 0x11, ends4), null],
  ['unspecified', binary(0x21, 0x00, Buffer.from('0102', 'hex')), null],
  ['a Unix socket', binary(0x21, 0x31, Buffer.alloc(216)), null],
];

const bad: [string, Buffer, string][] = [
  ['a mail command', latin1('EHLO x\r\n'), 'missing'],
  ['a tagged command', latin1('PROXIED NOOP\r\n'), 'missing'],
  ['a TLS record', Buffer.from('160301', 'hex'), 'missing'],
  ['version 1 of UDP', latin1('PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n'), 'broken'],
  ['an octet above 255', latin1('PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n'), 'broken'],
  ['an octet with a leading zero', latin1('PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n'), 'broken'],
  ['a port above 65535', latin1('PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n'), 'broken'],
  ['IPv6 as IPv4', latin1('PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n'), 'broken'],
  ['no address at all', latin1('PROXY TCP6 ::::: 2001:db8::1 1 2\r\n'), 'broken'],
  ['a bare LF', latin1('PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n'), 'broken'],
  ['a line of 108 bytes', latin1(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`), 'too-long'],
  ['a line without an end', latin1(`PROXY ${'x'.repeat(200)}`), 'too-long'],
  ['version 3', binary(0x31, 0x11, ends4), 'broken'],
  ['another command', binary(0x22, 0x11, ends4), 'broken'],
  ['datagrams', binary(0x21, 0x12, ends4), 'broken'],
  ['too short for its family', binary(0x21, 0x21, ends4), 'broken'],
  ['a byte above the limit', binary(0x21, 0x11, ends4, 4097), 'too-long'],
  ['the longest that there is', binary(0x21, 0x11, ends4, 65_535), 'too-long'],
];

describe('112: headers that are none', () => {
  test.each(bad)('112: %s', (_, bytes, problem) => {
    expect(readProxyHeader(bytes)).toEqual({ kind: 'invalid', problem });
  });
});

describe('honest: 112: headers', () => {
  test.each(good)('honest: 112: %s: whole, and not a byte more of what follows', (_, bytes, source) => {
    const header = { kind: 'header', length: bytes.length, source };
    expect(readProxyHeader(bytes)).toEqual(header);
    expect(readProxyHeader(Buffer.concat([bytes, latin1('a LOGIN u p\r\nPROXY UNKNOWN\r\n')]))).toEqual(header);
  });

  test.each(good)('honest: 112: %s, in pieces: more is waited for up to the last byte', (_, bytes) => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readProxyHeader(bytes.subarray(0, length)).kind).toBe('more');
    }
  });
});

test('112: whatever comes, more than a header is never waited for', () => {
  const start = fc.constantFrom(Buffer.alloc(0), signature, latin1('PROXY '), latin1('PROXY TCP4 '));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (before, after) => {
      const bytes = Buffer.concat([before, after]);
      const header = readProxyHeader(bytes);
      if (header.kind === 'header') expect(header.length).toBeLessThanOrEqual(bytes.length);
      if (header.kind === 'more') expect(bytes.length).toBeLessThan(16 + 4096);
    }),
  );
});
