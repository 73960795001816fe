import { expect, test } from 'vitest';
import type { RelayRow, UntimedEvent } from '../../proxy/contract/index.ts';
import { Refused } from '../../proxy/net/refused.ts';
import { tellTurnedAway } from '../../proxy/session/turned-away.ts';
import { createStateStore } from '../../proxy/state/store.ts';

const relay = { name: 'r', account: 'a', protocol: 'imap' } as const;

function begin(milliseconds?: number) {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  state.set('relays', 'r', { ...relay, server: 's', port: 993, refusalsTotal: 0, lastRefusal: null } as RelayRow);
  const events: Extract<UntimedEvent, { event: 'refused' }>[] = [];
  let heard = () => {};
  const emit = (event: UntimedEvent) => {
    if (event.event === 'refused') events.push(event);
    heard();
  };
  const turnedAway = tellTurnedAway(relay, state, emit, () => new Date(0), milliseconds);
  return { state, events, turnedAway, next: () => new Promise<void>((resolve) => (heard = resolve)) };
}
const stranger = (uid: number) => new Refused('client-other-user', { code: 'other-user', facts: { uid } });

test('84: a thousand strangers are six lines, and each is counted', () => {
  const { state, events, turnedAway } = begin();
  for (let uid = 1; uid <= 1000; uid += 1) turnedAway.note(stranger(uid));
  expect(state.get('relays', 'r')).toMatchObject({
    refusalsTotal: 1000,
    lastRefusal: { reason: 'client-other-user', message: stranger(1000).message },
  });
  expect(events).toHaveLength(5);
  turnedAway.end();
  expect(events).toHaveLength(6);
  expect(events[5]).toMatchObject({
    reason: 'client-other-user',
    message: `${stranger(1000).message} (995 more like this one.)`,
    times: 995,
  });
  turnedAway.end();
  expect(events).toHaveLength(6);
});

test('84: what is new is told at once, whatever else there are many of', () => {
  const { events, turnedAway } = begin();
  for (let uid = 1; uid <= 1000; uid += 1) turnedAway.note(stranger(uid));
  turnedAway.note(new Refused('client-not-mail', { code: 'not-a-mail-program', facts: { spoke: 'http' } }));
  expect(events.at(-1)).toMatchObject({ reason: 'client-not-mail', code: 'not-a-mail-program' });
  turnedAway.end();
});

test('honest: 84: the sum is told when the time is over, and then it begins anew; a few have no sum', async () => {
  const { events, turnedAway, next } = begin(30);
  for (let uid = 1; uid <= 7; uid += 1) turnedAway.note(stranger(uid));
  await next();
  expect(events.at(-1)).toMatchObject({ times: 2 });
  turnedAway.note(stranger(8));
  expect(events.at(-1)).toMatchObject({ message: stranger(8).message });
  turnedAway.end();
  expect(events).toHaveLength(7);
});
