import { expect, test } from 'vitest';
import type { Configuration, RelayRow } from '../proxy/contract/index.ts';
import { allowDevice, forgetDevice } from '../proxy/device-commands.ts';
import { createStateStore } from '../proxy/state/store.ts';

const lan = { allow: ['192.168.7.20'] };
const configuration = {
  accounts: [
    {
      name: 'A',
      relays: [
        { name: 'r', lan },
        { name: 'other', lan: { allow: ['192.168.7.20', '192.168.7.30', '192.168.8.0/28'] } },
      ],
    },
    { name: 'B', relays: [{ name: 'plain' }] },
    { name: 'C', relays: [{ name: 'sole', lan }] },
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
  const saved: Configuration[] = [];
  const change = async (make: (now: Configuration) => Configuration) => void saved.push(make(configuration));
  return {
    saved,
    allow: (relay: string, address: string) => allowDevice({ relay, address }, state, configuration, change),
    forget: (address: string, relay?: string) =>
      forgetDevice({ address, ...(relay === undefined ? {} : { relay }) }, configuration, change),
  };
}

/** What each relay lists, by name. */
const allowed = (saved: Configuration | undefined) =>
  saved?.accounts.flatMap(({ relays }) => relays.map((relay) => [relay.name, relay.lan?.allow]));

test('honest: 108: one that knocked is listed at its relay, and nowhere else', async () => {
  const { allow, saved } = started();
  expect(await allow('r', '192.168.7.9')).toEqual({ account: 'A', relay: 'r', address: '192.168.7.9' });
  expect(allowed(saved[0])?.slice(0, 2)).toEqual([
    ['r', ['192.168.7.20', '192.168.7.9']],
    ['other', ['192.168.7.20', '192.168.7.30', '192.168.8.0/28']],
  ]);
});

test.each([['192.168.7.20'], ['192.168.8.3']])('one that is listed already changes nothing: %s', async (address) => {
  const { allow, saved } = started();
  // Neither has knocked at this relay.
  expect(await allow(address === '192.168.7.20' ? 'r' : 'other', address)).toMatchObject({ address });
  expect(saved).toEqual([]);
});

test('honest: 108: an account with one relay for devices stands for that relay', async () => {
  const { allow } = started();
  await expect(allow('C', '192.168.7.20')).resolves.toMatchObject({ account: 'C', relay: 'sole' });
  // Two relays: the person has to choose.
  await expect(allow('A', '192.168.7.9')).rejects.toMatchObject({
    code: 'not-found',
    message: 'There is no relay for devices with the name “A”. There is “r” (account “A”) and “other” (account “A”).',
  });
});

test.each([
  ['r', '192.168.7.10', 'not-pending', '"allow" under "lan"'],
  ['r', '192.168.7.10', 'not-pending', 'These have: 192.168.7.9.'],
  ['plain', '192.168.7.9', 'not-found', 'There is “r” (account “A”)'],
  ['none', '192.168.7.9', 'not-found', 'There is “r” (account “A”)'],
  ['r', 'scanner', 'bad-input', '“scanner” is no address of a device'],
  ['r', '192.168.7.0/28', 'bad-input', 'a net is changed in config.json'],
])('108: nobody else: %s, %s', async (relay, address, code, message) => {
  const { allow, saved } = started();
  await expect(allow(relay, address)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(saved).toEqual([]);
});

test('108: one that is forgotten is listed no more, at any relay or at the one that is named', async () => {
  const { forget, saved } = started();
  expect(await forget('192.168.7.30')).toEqual({
    address: '192.168.7.30',
    relays: [{ account: 'A', relay: 'other' }],
  });
  expect(await forget('192.168.7.20', 'other')).toMatchObject({ relays: [{ relay: 'other' }] });
  expect(saved.map((each) => allowed(each)?.slice(0, 2))).toEqual([
    [
      ['r', ['192.168.7.20']],
      ['other', ['192.168.7.20', '192.168.8.0/28']],
    ],
    [
      ['r', ['192.168.7.20']],
      ['other', ['192.168.7.30', '192.168.8.0/28']],
    ],
  ]);
});

test.each([
  ['192.168.7.99', undefined, 'not-found', 'No relay allows 192.168.7.99. “r” allows 192.168.7.20; “other” allows'],
  ['192.168.7.30', 'r', 'not-found', '“r” does not allow 192.168.7.30. “r” allows 192.168.7.20.'],
  ['192.168.8.3', undefined, 'failed', '192.168.8.3 is allowed as part of 192.168.8.0/28, with its neighbours.'],
  ['192.168.7.20', 'r', 'failed', 'is the only device that “r” allows'],
  ['192.168.7.20', undefined, 'failed', 'is the only device that “r” allows'],
  ['scanner', undefined, 'bad-input', '“scanner” is no address of a device'],
])('nobody else is cut off: forget %s at %s', async (address, relay, code, message) => {
  const { forget, saved } = started();
  await expect(forget(address, relay)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(saved).toEqual([]);
});
