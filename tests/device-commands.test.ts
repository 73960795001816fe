import { expect, test } from 'vitest';
import type { Configuration, RelayRow } from '../proxy/contract/index.ts';
import { allowDevice } from '../proxy/device-commands.ts';
import { createStateStore } from '../proxy/state/store.ts';

const lan = { allow: ['192.168.7.20'] };
const configuration = {
  accounts: [
    {
      name: 'A',
      relays: [
        { name: 'r', lan },
        { name: 'other', lan },
      ],
    },
    { name: 'B', relays: [{ name: 'plain' }] },
  ],
} as unknown as Configuration;
const device = { lastSeen: '', messages: 0, refusals: 1 };

function started() {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const devices = [
    { ...device, address: '192.168.7.9', listed: false },
    { ...device, address: '192.168.7.20', listed: true },
  ];
  state.set('relays', 'r', { name: 'r', account: 'A', devices } as RelayRow);
  state.set('relays', 'plain', { name: 'plain', account: 'B' } as RelayRow);
  const saved: Configuration[] = [];
  const change = async (make: (now: Configuration) => Configuration) => void saved.push(make(configuration));
  return { saved, allow: (relay: string, address: string) => allowDevice({ relay, address }, state, change) };
}

test('honest: 108: one that knocked is listed at its relay, and nowhere else', async () => {
  const { allow, saved } = started();
  expect(await allow('r', '192.168.7.9')).toEqual({ account: 'A', relay: 'r', address: '192.168.7.9' });
  expect(saved[0]?.accounts[0]?.relays.map((relay) => relay.lan?.allow)).toEqual([
    ['192.168.7.20', '192.168.7.9'],
    ['192.168.7.20'],
  ]);
});

test('one that is listed already changes nothing', async () => {
  const { allow, saved } = started();
  await allow('r', '192.168.7.20');
  expect(saved).toEqual([]);
});

test.each([
  ['r', '192.168.7.10', 'not-pending', '"allow" under "lan"'],
  ['plain', '192.168.7.9', 'not-found', 'There is “r”.'],
  ['none', '192.168.7.9', 'not-found', 'There is “r”.'],
])('108: nobody else: %s, %s', async (relay, address, code, message) => {
  const { allow, saved } = started();
  await expect(allow(relay, address)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(saved).toEqual([]);
});
