import { expect, test } from 'vitest';
import type { DeviceRow, RelayRow } from '../../proxy/contract/index.ts';
import { Refused } from '../../proxy/net/refused.ts';
import { keepDeviceLog } from '../../proxy/session/device-log.ts';
import type { SessionReport } from '../../proxy/session/report.ts';
import { createStateStore } from '../../proxy/state/store.ts';

function log(allow: string[], before?: DeviceRow[]) {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  state.set('relays', 'r', { name: 'r', ...(before && { devices: before }) } as RelayRow);
  let seconds = 0;
  const now = () => {
    seconds += 1;
    return new Date(seconds * 1000);
  };
  const passedOn: unknown[] = [];
  const note = (refused: Refused) => void passedOn.push(refused);
  const kept = keepDeviceLog('r', { allow }, state, now);
  const knocks = kept.watching({ note, end: () => undefined });
  const knock = (from: string) =>
    knocks.note(
      new Refused('device-not-allowed', { code: 'device-not-allowed', facts: { from, device: 'not-listed' } }),
    );
  const rows = () => state.get('relays', 'r')?.devices ?? [];
  return { kept, knocks, knock, rows, passedOn, report: { refused: note } as unknown as SessionReport };
}
const refused = new Refused('sender-not-allowed', { code: 'sender-not-allowed' });
const bounds = { mayBeFrom: () => true, takeRecipient: () => true };

test('108: who has been here, what was sent and refused, the one seen last standing last', () => {
  const { kept, knock, rows, passedOn, report } = log(['192.168.7.20']);
  const session = kept.reporting('::ffff:192.168.7.20', report);
  knock('192.168.7.9');
  session.refused(refused);
  kept.counting('192.168.7.20', bounds).sent();
  expect(rows()).toEqual([
    { address: '192.168.7.9', listed: false, lastSeen: '1970-01-01T00:00:02.000Z', messages: 0, refusals: 1 },
    { address: '192.168.7.20', listed: true, lastSeen: '1970-01-01T00:00:04.000Z', messages: 1, refusals: 1 },
  ]);
  expect(passedOn).toHaveLength(2);
});

test('108: made-up addresses push nobody out that is listed', () => {
  const { kept, knock, rows, report } = log(['192.168.7.20']);
  kept.reporting('192.168.7.20', report);
  for (let last = 0; last < 250; last += 1) knock(`10.0.0.${last}`);
  expect(rows()).toHaveLength(21);
  expect(rows()[0]?.address).toBe('192.168.7.20');
  expect(rows().at(-1)?.address).toBe('10.0.0.249');
});

test('108: a listed device that has as many connections open as it may counts among its own refusals', () => {
  const { kept, knocks, rows, report } = log(['192.168.7.20']);
  kept.reporting('192.168.7.20', report);
  const facts = { from: '::ffff:192.168.7.20' };
  knocks.note(new Refused('too-many-connections', { code: 'too-many-of-one-device', facts }));
  knocks.note(new Refused('too-many-connections', { code: 'too-many-mail-programs' }));
  expect(rows()).toMatchObject([{ address: '192.168.7.20', listed: true, refusals: 1 }]);
});

test('a program of this computer, and one that only a balancer knows, are no device', () => {
  const { knocks, rows, kept, report } = log(['192.168.7.20']);
  for (const facts of [{ from: '192.168.7.1', device: 'here' } as const, { device: 'not-listed' } as const, {}]) {
    knocks.note(new Refused('device-not-allowed', { code: 'device-not-allowed', facts }));
  }
  kept.reporting(undefined, report).refused(refused);
  expect(rows()).toEqual([]);
});

test('once it is listed, what was known of it stays', () => {
  const row = { address: '192.168.7.9', listed: false, lastSeen: 'then', messages: 0, refusals: 3 };
  expect(log(['192.168.7.0/28'], [row]).rows()).toEqual([{ ...row, listed: true }]);
  expect(log(['192.168.7.20'], [{ ...row, listed: true }]).rows()).toEqual([row]);
});
