import { expect, test } from 'vitest';

Object.assign(globalThis, { window: { addEventListener() {}, location: { hash: '' } } });
const { hashOf, readPlace } = await import('../../renderer/route.ts');

test.each([
  ['', { page: 'overview' }],
  ['#/', { page: 'overview' }],
  ['#/nowhere', { page: 'overview' }],
  ['#/certificates', { page: 'certificates' }],
  ['#/certificates/aaaaaaaa01', { page: 'certificates', item: 'aaaaaaaa01' }],
  ['#/accounts?new', { page: 'accounts', action: 'new' }],
  ['#/accounts?by-hand', { page: 'accounts', action: 'by-hand' }],
  ['#/accounts?rm', { page: 'accounts' }],
  ['#/accounts/%E0%A4%A', { page: 'accounts' }],
])('%s', (hash, place) => {
  expect(readPlace(hash)).toEqual(place);
});

test.each(['Work', 'a/b', '?new', '#', '100%', '../..', '<b>', 'ünïcode', 'new'])(
  'an account called %s is found',
  (item) => {
    for (const place of [
      { page: 'accounts', item },
      { page: 'accounts', item, action: 'edit' },
    ] as const) {
      expect(readPlace(hashOf(place))).toEqual(place);
    }
  },
);
