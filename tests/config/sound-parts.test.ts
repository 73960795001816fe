import { expect, test } from 'vitest';
import { checkSoundParts } from '../../proxy/config/sound-parts.ts';

const relay = { name: 'r', protocol: 'imap', listen: 1143, server: 'a.example', port: 993, tls: 'implicit' };
const faults = (...accounts: unknown[]) => [
  ...new Set(checkSoundParts({ accounts }).issues.map(({ path }) => path.join('.'))),
];

test('rules between values are asked of what is sound, whatever else is wrong', () => {
  const twin = { ...relay, tls: 'none', more: 1 };
  expect(faults({ name: 'A', relays: [relay, 7, twin] }, { name: 'A' })).toEqual([
    'accounts.0.relays.2.name',
    'accounts.0.relays.2.listen',
    'accounts.1.name',
  ]);
});

test('what is missing or faulty conflicts with nothing', () => {
  const bare = { relays: [{}, {}, { ...relay, listen: 'x' }, { ...relay, name: '' }] };
  expect(faults(bare, bare, null, 'x', { relays: 'none' }).filter((path) => !path.endsWith('name'))).toEqual([
    'accounts.1.relays.3.listen',
  ]);
  for (const raw of [null, 5, [], 'x', { accounts: {} }, { certificateAuthorities: [5] }]) {
    expect(checkSoundParts(raw)).toEqual({
      issues: [],
      sound: { version: 1, accounts: [], certificateAuthorities: [] },
    });
  }
});
