import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { startService } from './service.ts';

// A group's number belongs to another process some time after the group has ended: a signal to it ends a stranger, such as the
// server of a test that runs beside this one.

afterEach(() => {
  vi.restoreAllMocks();
});

const start = (script: string) => startService(process.execPath, ['-e', script], { isReady: async () => true });

test('a server that has been stopped is not signalled again', async () => {
  const service = await start('setInterval(() => {}, 1000)');
  const kill = vi.spyOn(process, 'kill');
  await service.stop();
  expect(service.child.signalCode).toBe('SIGTERM');
  kill.mockClear();
  await service.stop();
  expect(kill).not.toHaveBeenCalled();
});

test('nor is one that has ended before', async () => {
  const service = await start('setInterval(() => {}, 1000)');
  const kill = vi.spyOn(process, 'kill');
  service.child.kill('SIGKILL');
  await once(service.child, 'exit');
  kill.mockClear();
  await service.stop();
  expect(kill).not.toHaveBeenCalled();
});

test('what a server has started ends with it, even where the server itself has ended before', async () => {
  let isReady = false;
  const { child, stop } = await startService('sh', ['-c', 'sleep 1000 & echo ready; wait'], {
    isReady: async () => isReady,
    onStart: (started) =>
      started.stdout?.once('data', () => {
        isReady = true;
      }),
  });
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await stop();
  // Its output closes when the last program that writes to it has ended.
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
});
