import { expect, test } from 'vitest';
import { type ClosingOptions, createClosing } from '../../main/closing.ts';

function prepare(given: Partial<ClosingOptions> = {}) {
  const seen: string[] = [];
  const window = {
    minimize: () => seen.push('minimise'),
    close: () => seen.push('close'),
    isDestroyed: () => false,
  } as never;
  const closing = createClosing({
    ...{ hasTray: () => false, minimises: true, explained: false },
    async explain() {
      seen.push('explain');
      return 'keep';
    },
    remember: () => seen.push('remember'),
    stillRunning: () => seen.push('still running'),
    quit: () => seen.push('quit'),
    ...given,
  });
  return { seen, close: () => closing(window) };
}
const settled = () => new Promise(setImmediate);

test('with a tray the window goes, and the icon is pointed at', () => {
  const { seen, close } = prepare({ hasTray: () => true });
  expect(close()).toBe(false);
  expect(seen).toEqual(['still running']);
});

test('without one it is explained first, once, and closing goes on then', async () => {
  const { seen, close } = prepare();
  expect([close(), close()]).toEqual([true, true]);
  await settled();
  expect(seen).toEqual(['explain', 'remember', 'close']);
  expect(close()).toBe(true);
  expect(seen.at(-1)).toBe('minimise');
});

test('who wants to quit quits, and is told again another time', async () => {
  const { seen, close } = prepare({ explain: async () => 'quit' });
  close();
  await settled();
  expect(seen).toEqual(['quit']);
});

test('where minimised is no state the window goes', () => {
  const { seen, close } = prepare({ explained: true, minimises: false });
  expect(close()).toBe(false);
  expect(seen).toEqual([]);
});
