import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { feedWatchdog, serviceManager } from '../../../main/service/notify.ts';

const silent = () => undefined;

test('without a manager there is none, and what was for this process does not reach others', () => {
  expect(serviceManager({ WATCHDOG_USEC: '1000' }, 1, silent)).toBeNull();
  const environment = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', PATH: '/bin' };
  const manager = serviceManager(environment, 1, silent, async () => undefined);
  expect(environment).toEqual({ PATH: '/bin' });
  return manager?.stopping();
});

test('one word after the other, and the same status once', async () => {
  const said: string[] = [];
  let running = 0;
  const manager = serviceManager({ NOTIFY_SOCKET: '/run/x' }, 1, silent, async (assignments) => {
    running += 1;
    expect(running).toBe(1);
    await new Promise(setImmediate);
    said.push(assignments.join(' '));
    running -= 1;
  });
  manager?.ready('one');
  manager?.status('one');
  manager?.status('two');
  manager?.reloading();
  await manager?.stopping();
  expect(said).toEqual([
    'READY=1 STATUS=one',
    'STATUS=two',
    expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+$/),
    'STOPPING=1',
  ]);
});

test('a watchdog that is another process’s is not fed', async () => {
  const said: string[] = [];
  const send = async (assignments: readonly string[]) => void said.push(...assignments);
  const environment = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '2000' };
  const other = serviceManager({ ...environment, WATCHDOG_PID: '2' }, 1, silent, send);
  const mine = new EventEmitter();
  const own = serviceManager({ ...environment, WATCHDOG_PID: '1' }, 1, silent, async () => void mine.emit('fed'));
  await once(mine, 'fed');
  await once(mine, 'fed');
  await Promise.all([other?.stopping(), own?.stopping()]);
  expect(said).toEqual(['STOPPING=1']);
});

test('a helper that is not there is told once, and ends nothing', async () => {
  const complaints: string[] = [];
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    const manager = serviceManager({ NOTIFY_SOCKET: '/run/x' }, 1, (line) => complaints.push(line));
    manager?.ready('x');
    await manager?.stopping();
  } finally {
    process.env.PATH = path;
  }
  expect(complaints).toEqual([
    'The service manager cannot be told how Postern is: systemd-notify cannot be started (ENOENT).',
  ]);
});

test('a helper that cannot be started once is told, and the next word is passed on', async () => {
  const complaints: string[] = [];
  const said: string[] = [];
  const send = (assignments: readonly string[]): Promise<void> => {
    if (assignments[0] === 'READY=1') return Promise.reject(new Error('spawn ENOMEM'));
    said.push(...assignments);
    return Promise.resolve();
  };
  const manager = serviceManager({ NOTIFY_SOCKET: '/run/x' }, 1, (line) => complaints.push(line), send);
  manager?.ready('one');
  manager?.status('two');
  await manager?.stopping();
  expect(said).toEqual(['STATUS=two', 'STOPPING=1']);
  expect(complaints).toEqual(['The service manager cannot be told how Postern is: spawn ENOMEM.']);
});

test('threads that do not answer starve the watchdog; honest: those that do feed it', async () => {
  const beats = new EventEmitter();
  let fed = 0;
  const stuck = feedWatchdog(
    1,
    async () => {
      fed += 1;
    },
    () => new Promise(() => undefined),
  );
  const well = feedWatchdog(1, async () => void beats.emit('fed'));
  for (let beat = 0; beat < 5; beat += 1) await once(beats, 'fed');
  stuck();
  well();
  expect(fed).toBe(0);
});

test('threads that answer with an error answer', async () => {
  const beats = new EventEmitter();
  let fed = 0;
  const end = feedWatchdog(
    1,
    async () => {
      fed += 1;
      beats.emit('fed');
    },
    () => Promise.reject(new Error('EIO')),
  );
  await once(beats, 'fed');
  await once(beats, 'fed');
  end();
  expect(fed).toBe(2);
});
