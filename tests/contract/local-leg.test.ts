import { expect, test } from 'vitest';
import { type DeviceRow, localLeg } from '../../proxy/contract/index.ts';

const device = (tls?: string | null, listed = true): DeviceRow => ({
  ...{ address: '192.168.7.20', listed, lastSeen: '', messages: 0, refusals: 0 },
  ...(tls === undefined ? {} : { tls }),
});

test.each([
  ['here', undefined, []],
  ['open', 'off', []],
  ['open', 'offer', []],
  ['open', 'offer', [device()]],
  ['open', 'offer', [device(null)]],
  ['open', 'offer', [device('TLSv1.2'), device(null)]],
  ['asked-for', 'offer', [device('TLSv1.2'), device('TLSv1.3')]],
  ['asked-for', 'offer', [device('TLSv1.2'), device()]],
  // One that was turned away, or is no longer listed, is not served.
  ['asked-for', 'offer', [device('TLSv1.2'), device(null, false)]],
  ['closed', 'require', [device(null)]],
  ['closed', 'implicit', []],
] as const)('%s: %s, %j', (leg, localTls, devices) => {
  expect(localLeg({ ...(localTls && { localTls }), devices: [...devices] })).toBe(leg);
});
