import { expect, test } from 'vitest';
import { isLoopback } from '../../proxy/contract/local-address.ts';
import { addressList, plainAddress } from '../../proxy/net/addresses.ts';

test('addresses and nets of both families, and nobody else', () => {
  const list = addressList(['10.0.0.2', '10.244.0.0/16', 'fd00:10::/56', '::1']);
  for (const address of ['10.0.0.2', '10.244.255.1', 'fd00:10::7', 'fd00:10:0:ff::1', '::1', '::ffff:10.0.0.2']) {
    expect([address, list.has(address)]).toEqual([address, true]);
  }
  for (const address of ['10.0.0.3', '10.245.0.1', 'fd00:10:0:100::1', '127.0.0.1', '', 'x', undefined]) {
    expect([address, list.has(address)]).toEqual([address, false]);
  }
});

test('programs of this computer', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    expect(isLoopback(plainAddress(address))).toBe(true);
  for (const address of ['10.0.0.2', '::2', '1.127.0.1', undefined])
    expect(isLoopback(plainAddress(address))).toBe(false);
});
