import { describe, expect, test } from 'vitest';
import { reachableBeside } from '../../../proxy/trust/revocation/reachable.ts';

const publicOnes = ['192.0.2.1', '8.8.8.8', '172.32.0.1', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::808:808'];
const privateOnes = ['10.0.0.1', '172.16.5.5', '192.168.1.1', '100.64.0.1', '198.18.0.7', 'fd00::1', '::ffff:10.0.0.1'];
const loopbackOnes = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1'];
const neverOnes = [
  '0.0.0.0',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::7f00:1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  '2002:7f00:1::',
  '2001:0:1::1',
  'localhost',
  '',
];

describe.each([
  ['a public server', '203.0.113.5', { publicOnes: true, privateOnes: false, loopbackOnes: false }],
  ['a server whose address is not known', undefined, { publicOnes: true, privateOnes: false, loopbackOnes: false }],
  ['a server in a private network', '192.168.0.9', { publicOnes: true, privateOnes: true, loopbackOnes: false }],
  ['a server on this computer', '::1', { publicOnes: true, privateOnes: true, loopbackOnes: true }],
])('beside %s', (_, server, expected) => {
  const mayReach = reachableBeside(server);

  test.each(publicOnes)('%s, public', (address) => expect(mayReach(address)).toBe(expected.publicOnes));
  test.each(privateOnes)('%s, private', (address) => expect(mayReach(address)).toBe(expected.privateOnes));
  test.each(loopbackOnes)('%s, loopback', (address) => expect(mayReach(address)).toBe(expected.loopbackOnes));
  test.each(neverOnes)('%s, never', (address) => expect(mayReach(address)).toBe(false));
});

test('a server on the link itself opens nothing more', () => {
  expect(reachableBeside('fe80::5')('fe80::1')).toBe(false);
  expect(reachableBeside('169.254.1.1')('10.0.0.1')).toBe(false);
});
