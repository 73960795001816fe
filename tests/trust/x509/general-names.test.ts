import { expect, test } from 'vitest';
import { DerFault, DerReader } from '../../../proxy/trust/x509/der.ts';
import { ipText, readGeneralNames } from '../../../proxy/trust/x509/general-names.ts';
import { der } from '../../support/pki.ts';

const read = (...names: Buffer[]) => readGeneralNames(new DerReader(Buffer.concat(names)));

test('every form is read, in order', () => {
  const oid = der(0x06, Buffer.from([42, 3]));
  const names = read(
    der(0x82, Buffer.from('a.example')),
    der(0x81, Buffer.from('a@example')),
    der(0x86, Buffer.from('https://a')),
    der(0x87, Buffer.from([192, 0, 2, 1])),
    der(0xa4, der(0x30)),
    der(0xa0, oid, der(0xa0, der(0x05))),
    der(0x88, Buffer.from([42, 3])),
  );
  expect(names.map(({ kind }) => kind)).toEqual(['dns', 'email', 'uri', 'ip', 'directory', 'other', 'other']);
});

test('a byte that is no ASCII stays visible', () => {
  expect(read(der(0x82, Buffer.from([0x61, 0, 0xe9])))).toEqual([{ kind: 'dns', text: 'a\0\xe9' }]);
});

test.each([
  ['a form that does not exist', der(0x89, Buffer.from('x'))],
  ['a universal type', der(0x16, Buffer.from('a.example'))],
  ['a constructed host name', der(0xa2, Buffer.from('a.example'))],
  ['a directory name that is none', der(0xa4, der(0x05))],
  ['two directory names in one', der(0xa4, der(0x30), der(0x30))],
  ['half a name', Buffer.from([0x82, 5, 0x61])],
])('%s is a fault', (_, bytes) => {
  expect(() => read(bytes)).toThrow(DerFault);
});

test('addresses for people', () => {
  expect(ipText(Buffer.from([192, 0, 2, 1]))).toBe('192.0.2.1');
  expect(ipText(Buffer.from('20010db8000000000000000000000001', 'hex'))).toBe('2001:db8::1');
  expect(ipText(Buffer.from('20010db8000000000001000000000001', 'hex'))).toBe('2001:db8::1:0:0:1');
  expect(ipText(Buffer.from('20010db8000000010001000100010001', 'hex'))).toBe('2001:db8:0:1:1:1:1:1');
  expect(ipText(Buffer.from([1, 2, 3]))).toBe('010203');
});
