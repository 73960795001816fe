import { expect, test } from 'vitest';
import { createSlabs } from '../../proxy/session/slabs.ts';

test('a slab that was put back is taken again', () => {
  const slabs = createSlabs(1000, 2);
  const first = slabs.take();
  expect(first).toHaveLength(1000);
  slabs.putBack(first);
  expect(slabs.take()).toBe(first);
});

test('two that are in use at the same time are two', () => {
  const slabs = createSlabs(1000, 2);
  const [first, second] = [slabs.take(), slabs.take()];
  expect(first.buffer).not.toBe(second.buffer);
});

test('no more are kept than was said', () => {
  const slabs = createSlabs(1000, 2);
  const burst = [slabs.take(), slabs.take(), slabs.take()];
  for (const slab of burst) slabs.putBack(slab);
  const again = [slabs.take(), slabs.take(), slabs.take()];
  expect(again.filter((slab) => burst.includes(slab))).toHaveLength(2);
});
