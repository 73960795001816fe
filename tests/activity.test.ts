import { expect, test } from 'vitest';
import { keepActivity } from '../proxy/activity.ts';
import type { PosternEvent } from '../proxy/contract/index.ts';
import { createStateStore } from '../proxy/state/store.ts';

const time = '2026-11-21T12:00:00.000Z';
const refusal = (message: string): PosternEvent => ({
  time,
  event: 'refused',
  relay: 'r',
  reason: 'upstream-timeout',
  message,
  code: 'server-timeout',
  facts: { server: 's', port: 993 },
});

function open() {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  return { state, hear: keepActivity(state) };
}

test('what a person would want to know becomes a row, numbered and timed', () => {
  const { state, hear } = open();
  hear({ time, event: 'session-opened', relay: 'r', session: 's1' });
  hear(refusal('It was silent.'));
  hear({
    time,
    event: 'session-closed',
    relay: 'r',
    session: 's1',
    bytesUp: 0,
    bytesDown: 0,
    ending: 'refused',
    truncated: false,
  });
  hear({
    time,
    event: 'session-closed',
    relay: 'r',
    session: 's2',
    bytesUp: 1,
    bytesDown: 2,
    ending: 'truncated',
    truncated: true,
  });
  expect(state.all('activity')).toEqual([
    {
      number: 1,
      at: time,
      relay: 'r',
      account: null,
      kind: 'refused',
      reason: 'upstream-timeout',
      message: 'It was silent.',
      code: 'server-timeout',
      facts: { server: 's', port: 993 },
    },
    {
      number: 2,
      at: time,
      relay: 'r',
      account: null,
      kind: 'session-closed',
      session: 's2',
      bytesUp: 1,
      bytesDown: 2,
      ending: 'truncated',
    },
  ]);
});

test('the list is bounded: the oldest rows go', () => {
  const { state, hear } = open();
  for (let count = 1; count <= 10_003; count += 1) hear(refusal(String(count)));
  expect(state.all('activity')).toHaveLength(10_000);
  expect(state.all('activity')[0]).toMatchObject({ number: 4, message: '4' });
});
