import { expect, test } from 'vitest';
import { orAborted } from '../../proxy/net/or-aborted.ts';

const never = new Promise<never>(() => {});

test('how the work ends, unless the signal aborts first', async () => {
  const { signal } = new AbortController();
  expect(await orAborted(Promise.resolve('done'), signal)).toBe('done');
  await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('the reason of a signal that aborts meanwhile, or has done so before', async () => {
  const controller = new AbortController();
  const waiting = orAborted(never, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(orAborted(never, controller.signal)).rejects.toThrow('enough');
});

test('work that fails after that is nobody’s rejection', async () => {
  const work = Promise.withResolvers<never>();
  const controller = new AbortController();
  const waiting = orAborted(work.promise, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  work.reject(new Error('too late'));
  // An unhandled rejection would fail the run.
  await new Promise((turn) => setImmediate(turn));
});
