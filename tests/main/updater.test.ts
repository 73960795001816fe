import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { startUpdater } from '../../main/updater.ts';

function source() {
  return Object.assign(new EventEmitter(), {
    autoDownload: false,
    autoInstallOnAppQuit: false,
    checkForUpdates: vi.fn(async () => null as unknown),
  });
}

test.each(['no-feed', 'unsigned', 'insecure-feed', 'system', 'portable'] as const)(
  '%s: it is off, and says so',
  (why) => {
    const updater = startUpdater(why);
    expect(updater.state()).toEqual({ kind: 'off', why });
    updater.stop();
  },
);

test('tells how far it is, step by step', () => {
  const feed = source();
  const updater = startUpdater(feed as never);
  expect(feed).toMatchObject({ autoDownload: true, autoInstallOnAppQuit: true });
  expect(updater.state()).toEqual({ kind: 'current' });
  feed.emit('update-available', { version: '2.0.0' });
  expect(updater.state()).toEqual({ kind: 'downloading', version: '2.0.0' });
  feed.emit('update-downloaded', { version: '2.0.0' });
  expect(updater.state()).toEqual({ kind: 'ready', version: '2.0.0' });
  feed.emit('error', new Error('later'));
  expect(updater.state()).toEqual({ kind: 'ready', version: '2.0.0' });
  feed.emit('update-not-available');
  expect(updater.state()).toEqual({ kind: 'current' });
  updater.stop();
});

test('a failure is said in our words, without what the error holds, and breaks nothing', async () => {
  const feed = source();
  feed.checkForUpdates.mockRejectedValue(new Error('https://user:secret@feed.example/latest.yml'));
  const updater = startUpdater(feed as never);
  feed.emit('error', new Error('https://user:secret@feed.example/latest.yml'));
  const state = updater.state();
  expect(state.kind).toBe('failed');
  expect(JSON.stringify(state)).not.toContain('secret');
  updater.stop();
});

test('looks at the start and once a day, until it is stopped', () => {
  vi.useFakeTimers();
  try {
    const feed = source();
    const updater = startUpdater(feed as never);
    expect(feed.checkForUpdates).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2 * 24 * 3_600_000);
    expect(feed.checkForUpdates).toHaveBeenCalledTimes(3);
    updater.stop();
    vi.advanceTimersByTime(2 * 24 * 3_600_000);
    expect(feed.checkForUpdates).toHaveBeenCalledTimes(3);
  } finally {
    vi.useRealTimers();
  }
});
