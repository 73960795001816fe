import { describe, expect, test } from 'vitest';
import { addressList } from '../../proxy/net/addresses.ts';
import { listDevices } from '../../proxy/net/devices.ts';
import { Refused } from '../../proxy/net/refused.ts';
import { originOf, unlistedBehind } from '../../proxy/session/origin.ts';

const devices = listDevices(['192.168.7.20'], () => ['192.168.7.1']);
const balancers = addressList(['10.0.0.2', '127.0.0.1']);

function told(found: ReturnType<typeof originOf>) {
  return found instanceof Refused ? (found.finding.facts ?? {}) : found;
}

describe('where a connection comes from', () => {
  test.each([
    ['a relay for this computer alone', {}, { '127.0.0.1': 'this-computer', '::1': 'this-computer' }],
    [
      'for devices',
      { devices },
      {
        '192.168.7.20': 'device',
        '192.168.7.99': { from: '192.168.7.99', device: 'not-listed' },
        '192.168.7.1': { from: '192.168.7.1', device: 'here' },
        '127.0.0.1': { from: '127.0.0.1', device: 'here' },
      },
    ],
    [
      'behind balancers',
      { balancers },
      {
        '10.0.0.2': 'balancer',
        '127.0.0.1': 'balancer',
        '::1': 'this-computer',
        '::ffff:127.0.0.9': 'this-computer',
        '10.0.0.3': { from: '10.0.0.3' },
      },
    ],
    [
      'for devices behind balancers: nobody else is let in, not even a device that is listed',
      { balancers, devices },
      { '10.0.0.2': 'balancer', '192.168.7.20': { from: '192.168.7.20' }, '::1': { from: '::1' } },
    ],
  ])('%s', (_what, served, expected) => {
    const found = Object.keys(expected).map((remoteAddress) => [
      remoteAddress,
      told(originOf({ remoteAddress }, served)),
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test('one that has gone is nobody’s device; elsewhere that is found out later', () => {
    const gone = { remoteAddress: undefined };
    expect([{}, { devices }, { balancers }].map((served) => originOf(gone, served))).toEqual([
      'this-computer',
      'gone',
      'this-computer',
    ]);
    expect(told(originOf(gone, { balancers, devices }))).toEqual({});
  });
});

describe('the one that a balancer passes on', () => {
  const source = (address: string) => ({ address, port: 1 });

  test('is anyone where the relay lists no devices', () => {
    expect([unlistedBehind(null, null), unlistedBehind(source('203.0.113.9'), undefined)]).toEqual([null, null]);
  });

  test('has to be listed where it does', () => {
    expect(unlistedBehind(source('192.168.7.20'), devices)).toBeNull();
    expect(unlistedBehind(source('192.168.7.99'), devices)?.finding.facts).toMatchObject({ from: '192.168.7.99' });
  });

  test('may not come in either where the header does not say who it is', () => {
    expect(unlistedBehind(null, devices)?.finding.facts).toEqual({ device: 'not-listed' });
  });
});
