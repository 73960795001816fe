import { expect, test } from 'vitest';
import { readPlainCredentials } from '../../proxy/practice/plain-credentials.ts';

const encoded = (text: string) => Buffer.from(text).toString('base64');

test('reads user name and password, whatever identity stands before them', () => {
  expect(readPlainCredentials(encoded('\0you\0pässword'))).toEqual({ user: 'you', password: 'pässword' });
  expect(readPlainCredentials(encoded('other\0you\0p'))).toEqual({ user: 'you', password: 'p' });
});

test.each(['', '*', '====', encoded('you'), encoded('\0you'), encoded('\0you\0a\0b')])('%j is none', (text) => {
  expect(readPlainCredentials(text)).toBeNull();
});
