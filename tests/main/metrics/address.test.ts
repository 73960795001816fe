import { expect, test } from 'vitest';
import { parseMetricsAddress } from '../../../main/metrics/address.ts';

test.each([
  ['127.0.0.1:9469', { host: '127.0.0.1', port: 9469 }],
  ['[::1]:9469', { host: '::1', port: 9469 }],
  ['10.1.2.3:0', { host: '10.1.2.3', port: 0 }],
  ['/run/postern/metrics.sock', { path: '/run/postern/metrics.sock' }],
  [`/${'x'.repeat(106)}`, { path: `/${'x'.repeat(106)}` }],
])('%s is an address', (text, address) => {
  expect(parseMetricsAddress(text)).toEqual(address);
});

test.each([
  '',
  '9469',
  '127.0.0.1',
  'localhost:9469',
  '::1:9469',
  '[127.0.0.1]:9469',
  '127.0.0.1:65536',
  '300.0.0.1:9469',
  'metrics.sock',
  `/${'x'.repeat(107)}`,
])('%j is none', (text) => {
  expect(parseMetricsAddress(text)).toBeNull();
});
