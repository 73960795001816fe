import { isIPv4, isIPv6 } from 'node:net';
import { expect, test } from 'vitest';
import {
  bytesOf,
  canonical,
  isLinkLocal,
  isLoopback,
  isPrivate,
  listensHereOnly,
  parseListen,
  readNet,
} from '../../proxy/contract/index.ts';

test.each([
  ['192.168.7.1', [192, 168, 7, 1]],
  ['::', new Array(16).fill(0)],
  ['FE80::1', [0xfe, 0x80, ...new Array(13).fill(0), 1]],
  ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
])('%s has its bytes', (text, bytes) => {
  expect(bytesOf(text)).toEqual(bytes);
});

test.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '010.1.1.1',
  '1.2.3.4.5',
  ':',
  ':::',
  '1::2::3',
  'g::1',
  'fe80::1%eth0',
  '[::1]',
  '1:2:3:4:5:6:7:8:9',
])('%j is no address, as Node says, too', (text) => {
  expect(bytesOf(text)).toBeNull();
  expect(isIPv4(text) || (isIPv6(text) && !text.includes('%'))).toBe(false);
});

test('an address has one spelling', () => {
  expect(canonical('FD00:0:0:0:0:0:0:1')).toBe('fd00::1');
  expect(parseListen('[FD00:0::1]:587')).toEqual([{ address: 'fd00::1', port: 587 }]);
});

test('private are the nets of the standards, up to their last address and no further', () => {
  const inside = ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'];
  inside.push('100.64.0.0', '100.127.255.255', 'fc00::', 'fdff::1', 'fe80::', 'febf::1');
  const outside = ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'];
  outside.push('100.63.255.255', '100.128.0.0', 'fbff::', 'fe00::', 'fec0::', '2001:db8::1', '::', '0.0.0.0');
  outside.push('127.0.0.1', '::1', '169.254.1.1', '::ffff:192.168.7.1', '::ffff:c0a8:701');
  expect(inside.filter((address) => !isPrivate(address))).toEqual([]);
  expect(outside.filter((address) => isPrivate(address))).toEqual([]);
});

test('this computer alone, and one interface alone', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', '0:0::1'].filter((address) => !isLoopback(address))).toEqual([]);
  expect(['128.0.0.1', '::2', '0.0.0.0', '192.168.7.1', 'x'].filter((address) => isLoopback(address))).toEqual([]);
  expect(['fe80::1', 'febf::1', 'fe00::1', 'fd00::1', '254.128.0.0'].map(isLinkLocal)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(listensHereOnly(parseListen(1143) ?? [])).toBe(true);
  expect(listensHereOnly(parseListen('[fe80::1%eth0]:1143') ?? [])).toBe(false);
});

test.each([
  ['192.168.7.20', { address: '192.168.7.20', prefix: 32 }],
  ['192.168.7.64/28', { address: '192.168.7.64', prefix: 28 }],
  ['100.64.0.1/32', { address: '100.64.0.1', prefix: 32 }],
  ['fd00:0::20', { address: 'fd00::20', prefix: 128 }],
  ['fe80::10/124', { address: 'fe80::10', prefix: 124 }],
])('%s may be listed', (text, net) => {
  expect(readNet(text)).toEqual(net);
});

test.each([
  ['192.168.7.64/27', /nets from \/28 to \/32/],
  ['10.0.0.0/8', /nets from \/28/],
  ['192.168.7.20/33', /nets from \/28/],
  ['0.0.0.0/0', /nets from \/28/],
  ['fd00::/64', /nets from \/124 to \/128/],
  ['::/0', /nets from \/124/],
  ['8.8.8.8', /private network/],
  ['2001:db8::1', /private network/],
  ['127.0.0.1', /private network/],
  ['::ffff:192.168.7.20', /such as "192\.168\.7\.20"/],
  ['::ffff:c0a8:714', /private network/],
  ['192.168.7.70/28', /first address of the net/],
  ['fd00::1/124', /first address of the net/],
  ['scanner.local', /such as "192\.168\.7\.20"/],
  ['192.168.7', /such as/],
  ['192.168.7.20/', /such as/],
  ['', /such as/],
])('108: %j may not', (text, fault) => {
  expect(readNet(text)).toMatch(fault);
});

test.each([
  '0.0.0.0:587',
  '[::]:587',
  '8.8.8.8:587',
  '[2001:db8::1]:587',
  '169.254.1.1:587',
  '[fe80::1]:587',
  '[fd00::1%eth0]:587',
  '[::1%lo]:587',
  '[fe80::1%]:587',
  '[fe80::1%eth0;x]:587',
  '[::ffff:192.168.7.1]:587',
  '192.168.7.1',
  '192.168.7.1:65536',
  '192.168.07.1:587',
  'fd00::1:587',
])('108: nobody listens on %s', (listen) => {
  expect(parseListen(listen)).toBeNull();
});
