import { expect, test } from 'vitest';
import { open, seal, vaultKey } from '../../proxy/vault/sealing.ts';

const key = vaultKey(Buffer.alloc(32, 7), 'a');
const text = 'pässword ✓';

test('what was sealed opens with the same key in the same place, and nowhere else', () => {
  const sealed = seal(key, ['Work', 'x'], text);
  expect(open(key, ['Work', 'x'], sealed)).toBe(text);
  expect(open(key, ['Home', 'x'], sealed)).toBeNull();
  expect(open(key, ['Work', 'y'], sealed)).toBeNull();
  expect(open(key, ['Workx'], sealed)).toBeNull();
  expect(open(vaultKey(Buffer.alloc(32, 8), 'a'), ['Work', 'x'], sealed)).toBeNull();
});

test('another vault has another key, of the same secret', () => {
  expect(vaultKey(Buffer.alloc(32, 7), 'b').equals(key)).toBe(false);
  expect(key).toHaveLength(32);
});

test('every changed bit and every cut is noticed, a short tag among them', () => {
  const sealed = seal(key, [], text);
  for (const part of ['nonce', 'text', 'tag'] as const) {
    const bytes = Buffer.from(sealed[part], 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(open(key, [], { ...sealed, [part]: changed.toString('base64') })).toBeNull();
    }
    const cut = bytes.subarray(0, 4).toString('base64');
    expect(open(key, [], { ...sealed, [part]: cut })).toBeNull();
  }
});

test('the same text never looks the same', () => {
  const all = Array.from({ length: 50 }, () => seal(key, [], text));
  expect(new Set(all.map(({ nonce }) => nonce)).size).toBe(50);
  expect(new Set(all.map((sealed) => sealed.text)).size).toBe(50);
});
