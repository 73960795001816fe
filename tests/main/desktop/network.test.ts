import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test, vi } from 'vitest';
import { networkOf, watchNetwork } from '../../../main/desktop/network.ts';

const at = (address: string, internal = false) => ({ address, internal }) as NetworkInterfaceInfo;

test('a network is the addresses that lead out of this computer, in whatever order', () => {
  expect(networkOf({ lo: [at('127.0.0.1', true)], b: [at('10.0.0.2'), at('fe80::1')], a: [at('10.0.0.1')] })).toBe(
    '10.0.0.1 10.0.0.2 fe80::1',
  );
  expect(networkOf({ lo: [at('127.0.0.1', true)], gone: undefined })).toBe('');
});

test('a change is told once, and no more after the end', () => {
  vi.useFakeTimers();
  try {
    let interfaces = { a: [at('10.0.0.1')] };
    const changed = vi.fn();
    const stop = watchNetwork(() => interfaces, changed);
    vi.advanceTimersByTime(60_000);
    expect(changed).not.toHaveBeenCalled();
    interfaces = { a: [at('192.168.1.7')] };
    vi.advanceTimersByTime(60_000);
    expect(changed).toHaveBeenCalledTimes(1);
    interfaces = { a: [] };
    vi.advanceTimersByTime(60_000);
    expect(changed).toHaveBeenCalledTimes(2);
    stop();
    interfaces = { a: [at('10.0.0.1')] };
    vi.advanceTimersByTime(60_000);
    expect(changed).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});
