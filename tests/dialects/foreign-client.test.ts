import { expect, test } from 'vitest';
import { foreignClient } from '../../proxy/dialects/foreign-client.ts';

test.each([
  ['\x16\x03\x01', /Set its connection security to “None”/],
  ['POST / HTTP/1.1\r\n', /web browser or web page/],
  ['Host: x\r\n', /does not speak a mail protocol/],
])('%j is turned away with a reason that helps', (bytes, message) => {
  const refused = foreignClient(Buffer.from(bytes, 'latin1'));
  expect(refused?.reason).toBe('client-not-mail');
  expect(refused?.message).toMatch(message);
});

test('a mail program is let in', () => {
  expect(foreignClient(Buffer.from('EHLO pc\r\n'))).toBeNull();
});
