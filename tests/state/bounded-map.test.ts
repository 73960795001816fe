import { expect, test } from 'vitest';
import { BoundedMap } from '../../proxy/state/bounded-map.ts';

test('up to its bound it is a map, and beyond it the oldest goes', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2);
  expect([...map]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  map.set('c', 3);
  expect([...map.keys()]).toEqual(['b', 'c']);
});

test('what is set again is the youngest', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});

test('a key of `undefined` can be forgotten, too', () => {
  const map = new BoundedMap<string | undefined, number>(1);
  map.set(undefined, 1).set('a', 2);
  expect([...map.keys()]).toEqual(['a']);
});
