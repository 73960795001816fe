import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWhole, readBind, readLdapHead, readRequestName, readResult } from '../../proxy/protocols/ldap-message.ts';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import {
  disconnectionNotice,
  ldapAnswer,
  ldapMessage,
  rootEntrySearch,
  simpleBind,
  startTlsRequest,
  unbindRequest,
} from '../../proxy/protocols/ldap-writer.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function head(message: Buffer) {
  const read = readLdapHead(message);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

// As OpenLDAP's client and server say them.
test.each([
  ['the request for TLS', startTlsRequest(1), '301d02010177188016312e332e362e312e342e312e313436362e3230303337'],
  ['a bind', simpleBind(1, 'cn=a', 'b'), '3011020101600c0201030404636e3d61800162'],
  ['a goodbye', unbindRequest(2), '30050201024200'],
  ['a "no"', ldapAnswer(1, op.bindResponse, 49, ''), '300c02010161070a013104000400'],
  [
    'a search for the directory’s own entry',
    rootEntrySearch(2, '1.1'),
    '302a020102632504000a01000a0100020100020100010100870b6f626a656374436c61737330050403312e31',
  ],
])('%s is what real programs say', (_what, message, hex) => {
  expect(message.toString('hex')).toBe(hex);
  expect(isWhole(message, head(message))).toBe(true);
});

describe('how a message begins', () => {
  test('is known from its first bytes, wherever it is cut', () => {
    const message = simpleBind(0x7fffffff, 'cn=someone', 'x'.repeat(300));
    for (let cut = 0; cut < message.length; cut += 1) {
      const read = readLdapHead(message.subarray(0, cut));
      if (cut < 14) expect(read, `${cut}`).toBe('incomplete');
      else expect(read).toMatchObject({ id: 0x7fffffff, end: message.length, op: { tag: op.bindRequest } });
    }
  });

  test.each([
    ['GET / HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\n')],
    ['another structure', bytes('31 05 02 01 01 42 00')],
    ['no number', bytes('30 05 04 01 01 42 00')],
    ['a negative number', bytes('30 05 02 01 ff 42 00')],
    ['a number of five bytes', bytes('30 09 02 05 00 00 00 00 01 42 00')],
    ['a number that is longer than the message', bytes('30 03 02 04 01')],
    ['an indefinite length', bytes('30 80 02 01 01 42 00 00 00')],
    ['an operation that is longer than the message', bytes('30 05 02 01 01 42 01 00')],
    ['no operation', bytes('30 03 02 01 01')],
  ])('%s is none', (_what, message) => {
    expect(readLdapHead(message)).toBe('malformed');
  });

  test('takes at most 18 bytes to tell', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 18, maxLength: 40 }), (any) => {
        expect(readLdapHead(Uint8Array.from([0x30, ...any]))).not.toBe('incomplete');
      }),
    );
  });
});

test('only controls may follow the operation', () => {
  const inside = (rest: string) =>
    bytes(`30 ${(5 + rest.length / 2).toString(16).padStart(2, '0')} 02 01 01 42 00 ${rest}`);
  for (const [rest, whole] of [
    ['', true],
    ['a000', true],
    ['a0020400', true],
    ['0400', false],
    ['a000a000', false],
    ['a001', false],
  ] as const) {
    expect(isWhole(inside(rest), head(inside(rest))), rest).toBe(whole);
  }
});

describe('a result', () => {
  test('is read, with its referral', () => {
    const plain = ldapAnswer(3, op.searchResultDone, 32, 'nobody');
    expect(readResult(plain, head(plain))).toMatchObject({ code: 32, referral: null });
    const notice = disconnectionNotice(52, 'good-bye');
    expect(head(notice).id).toBe(0);
    expect(readResult(notice, head(notice))).toMatchObject({ code: 52, referral: null });
    const refers = bytes('30 1b 02 01 03 65 16 0a 01 0a 04 00 04 00 a3 0d 04 0b 6c 64 61 70 3a 2f 2f 61 2e 62 2f');
    expect(readResult(refers, head(refers))).toMatchObject({ code: 10, referral: { start: 16, end: 29 } });
  });

  test('is known as soon as the place of a referral is seen', () => {
    const whole = ldapMessage(
      3,
      op.extendedResponse,
      bytes('0a0100 0400 0400'),
      bytes('8b82100000'),
      Buffer.alloc(0x1000),
    );
    const at = head(whole).op.start + 7;
    for (let cut = at - 7; cut <= at; cut += 1)
      expect(readResult(whole.subarray(0, cut), head(whole))).toBe('incomplete');
    expect(readResult(whole.subarray(0, at + 1), head(whole))).toMatchObject({ code: 0, referral: null });
  });

  test.each([
    '30 0a 02 01 01 61 05 04 01 00 04 00',
    '30 0b 02 01 01 61 06 0a 01 00 04 00 02',
    '30 07 02 01 01 61 02 0a 05',
  ])('%s is none', (hex) => {
    expect(readResult(bytes(hex), head(bytes(hex)))).toBe('malformed');
  });
});

describe('a bind', () => {
  test('is read: by password, by a mechanism, in another way', () => {
    const simple = simpleBind(1, 'cn=ü', 'päss');
    expect(readBind(simple, head(simple))).toEqual({
      version: 3,
      name: 'cn=ü',
      by: { kind: 'simple', password: Buffer.from('päss') },
    });
    const sasl = bytes('30 14 02 01 01 60 0f 02 01 03 04 00 a3 08 04 03 61 2d 62 04 01 78');
    expect(readBind(sasl, head(sasl))?.by).toEqual({ kind: 'sasl', mechanism: 'a-b', credentials: Buffer.from('x') });
    const sicily = bytes('30 0c 02 01 01 60 07 02 01 02 04 00 8a 00');
    expect(readBind(sicily, head(sicily))).toMatchObject({ version: 2, by: { kind: 'other' } });
  });

  test.each([
    '30 0a 02 01 01 60 05 02 01 03 04 00',
    '30 0e 02 01 01 60 09 02 01 03 04 00 80 00 04 00',
    '30 0c 02 01 01 60 07 02 01 03 0c 00 80 00',
    '30 0e 02 01 01 60 09 02 01 03 04 00 a3 02 02 00',
  ])('%s is none', (hex) => {
    expect(readBind(bytes(hex), head(bytes(hex)))).toBeNull();
  });
});

test('the name of an extended request is read; one without is none', () => {
  const request = startTlsRequest(1);
  expect(readRequestName(request, head(request))).toEqual({ name: '1.3.6.1.4.1.1466.20037' });
  expect(readRequestName(request.subarray(0, 20), head(request))).toBe('incomplete');
  const nameless = bytes('30 07 02 01 01 77 02 81 00');
  expect(readRequestName(nameless, head(nameless))).toBe('malformed');
});
