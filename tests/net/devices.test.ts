import { expect, test } from 'vitest';
import { listDevices } from '../../proxy/net/devices.ts';

const here = () => ['127.0.0.1', '192.168.7.65', 'fe80::1%eth0'];
const devices = listDevices(['192.168.7.20', '192.168.7.64/28', 'fd00::20', 'fe80::/124'], here);
const stranger = (remoteAddress?: string) => devices.stranger({ remoteAddress });

test.each(['192.168.7.20', '192.168.7.64', '192.168.7.79', 'fd00::20', 'fe80::f%eth0'])(
  'honest: 108: %s is listed',
  (address) => {
    expect(stranger(address)).toBeNull();
  },
);

test.each(['192.168.7.19', '192.168.7.21', '192.168.7.63', '192.168.7.80', 'fd00::21', 'fe80::10%eth0'])(
  '108: %s is not, and its address is told',
  (address) => {
    expect(stranger(address)).toMatchObject({
      reason: 'device-not-allowed',
      finding: { facts: { from: address.replace('%eth0', ''), device: 'not-listed' } },
    });
  },
);

test.each(['127.0.0.1', '127.0.0.61', '::1', '192.168.7.65', 'fe80::1%eth0'])(
  '108: %s is this computer itself, whatever net is around it',
  (address) => {
    expect(stranger(address)).toMatchObject({ finding: { facts: { device: 'here' } } });
  },
);

test('whoever has left has no address any more', () => {
  expect(stranger()).toBe('gone');
});
