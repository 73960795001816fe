import { afterEach, expect, test, vi } from 'vitest';
import type { FromCore } from '../../main/desktop/core-messages.ts';
import { aliveEvery } from '../../main/desktop/heartbeat.ts';

const heard = ['unhandledRejection', 'SIGINT', 'SIGTERM', 'SIGHUP'];
const before = heard.map((event) => process.listeners(event as 'SIGINT'));

afterEach(() => {
  vi.useRealTimers();
  // What the process hears is the test runner's again.
  for (const [index, event] of heard.entries()) {
    for (const listener of process.listeners(event as 'SIGINT')) {
      if (!before[index]?.includes(listener)) process.off(event, listener);
    }
  }
  Reflect.deleteProperty(process, 'parentPort');
});

test('says that it is alive, from its first moment and before it has started anything', async () => {
  vi.useFakeTimers();
  const said: FromCore[] = [];
  Object.assign(process, {
    parentPort: { on: () => undefined, postMessage: (message: FromCore) => said.push(message) },
  });
  await import('../../main/core-process.ts');
  vi.advanceTimersByTime(3 * aliveEvery);
  expect(said).toEqual(Array(3).fill({ kind: 'alive' }));
});
