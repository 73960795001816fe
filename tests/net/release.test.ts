import { describe, expect, test } from 'vitest';
import { release } from '../../proxy/net/release.ts';

describe('release', () => {
  test('frees a buffer that has its memory for itself', () => {
    const chunk = Buffer.from(new ArrayBuffer(16 * 1024));
    release(chunk);
    expect(chunk.length).toBe('transfer' in ArrayBuffer.prototype ? 0 : 16 * 1024);
  });

  test('leaves a piece of a larger buffer alone, and the buffer with it', () => {
    const whole = Buffer.alloc(16 * 1024, 'x');
    release(whole.subarray(0, 8 * 1024));
    release(whole.subarray(4 * 1024));
    expect(whole.every((byte) => byte === 0x78)).toBe(true);
    expect(whole.length).toBe(16 * 1024);
  });

  test('leaves what comes out of the common pool alone', () => {
    const neighbour = Buffer.from('neighbour');
    for (const text of ['', 'QUIT\r\n', 'x'.repeat(4096)]) release(Buffer.from(text));
    expect(neighbour.toString()).toBe('neighbour');
  });

  test('leaves shared memory alone', () => {
    const shared = Buffer.from(new SharedArrayBuffer(16 * 1024));
    release(shared);
    expect(shared.length).toBe(16 * 1024);
  });
});
