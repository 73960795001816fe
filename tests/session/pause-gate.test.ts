import { expect, test } from 'vitest';
import { createPauseGate, Paused } from '../../proxy/session/pause-gate.ts';
import { createStateStore } from '../../proxy/state/store.ts';

const never = new AbortController().signal;

function gateOf(paused: boolean) {
  const state = createStateStore({ version: '', startedAt: '', paused, questionsDropped: 0, warnings: [] });
  return { gate: createPauseGate(state), pause: (now: boolean) => state.patch('core', 'core', { paused: now }) };
}

test('lets through while nobody has paused, and ends what is under way when somebody does', async () => {
  const { gate, pause } = gateOf(false);
  expect(await gate.opened(0, never)).toBe(true);
  const { pausing } = gate;
  pause(true);
  expect(pausing.reason).toBeInstanceOf(Paused);
  expect([gate.shut, gate.pausing.aborted]).toEqual([true, true]);
  pause(false);
  expect([gate.shut, gate.pausing.aborted, pausing.aborted]).toEqual([false, false, true]);
});

test('who waits goes on with the resumption, not before', async () => {
  const { gate, pause } = gateOf(true);
  let gone = 0;
  const waiting = [1, 2].map(() => gate.opened(60_000, never).then((open) => (gone += open ? 1 : 0)));
  await new Promise(setImmediate);
  expect(gone).toBe(0);
  pause(false);
  await Promise.all(waiting);
  expect(gone).toBe(2);
});

test('who has waited long enough, or must not wait, is told; who is ended hears why', async () => {
  const { gate } = gateOf(true);
  expect(await gate.opened(0, never)).toBe(false);
  expect(await gate.opened(5, never)).toBe(false);
  const controller = new AbortController();
  const waiting = gate.opened(60_000, controller.signal);
  const reason = new Error('the mail program hung up');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(gate.opened(60_000, controller.signal)).rejects.toBe(reason);
});
