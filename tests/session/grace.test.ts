import { expect, test } from 'vitest';
import { type Doing, whileItMoves } from '../../proxy/session/grace.ts';

const long = { transfers: 600_000, arrivals: 600_000 };

/** A session that takes the next step each time it is asked; the last step lasts until it is ended. */
function session(...story: [Doing, from: number, to: number][]) {
  let at = 0;
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const now = () => story[Math.min(at, story.length - 1)] as [Doing, number, number];
  const doing = () => now()[0];
  const bytes = () => {
    const [, from, to] = now();
    at += 1;
    return { from, to };
  };
  return { doing, bytes, over, end, asked: () => at };
}

test.each<Doing>(['over', 'person'])('%s: may end at once', async (doing) => {
  const one = session([doing, 0, 0]);
  await whileItMoves(one, long);
  expect(one.asked()).toBe(0);
});

test.each<[Doing, { transfers: number; arrivals: number }]>([
  ['signed-in', { transfers: 0, arrivals: 600_000 }],
  ['greeted', { transfers: 600_000, arrivals: 0 }],
  ['asked', { transfers: 600_000, arrivals: 0 }],
  ['reaching-server', { transfers: 600_000, arrivals: 0 }],
])('%s: its own time is up', async (doing, grace) => {
  const one = session([doing, 0, 0]);
  await whileItMoves(one, grace);
  expect(one.asked()).toBe(0);
});

test.each<Doing>(['signed-in', 'greeted'])('%s: idle, it may end', async (doing) => {
  const one = session([doing, 5, 5]);
  await whileItMoves(one, long);
  expect(one.asked()).toBe(2);
});

test.each<[string, [Doing, number, number][]]>([
  ['its server is being reached', [['reaching-server', 0, 0]]],
  ['its sign-in has no answer yet', [['asked', 0, 0]]],
  [
    'what it asked for has no answer yet',
    [
      ['signed-in', 5, 5],
      ['signed-in', 9, 5],
    ],
  ],
])('%s: it is waited for, however still, until its time is up', async (_what, story) => {
  const one = session(...story);
  const began = performance.now();
  await whileItMoves(one, { transfers: 2_500, arrivals: 2_500 });
  expect(performance.now() - began).toBeGreaterThanOrEqual(2_500);
  expect(one.asked()).toBeGreaterThanOrEqual(2);
});

test('one that is over meanwhile is waited for no longer', async () => {
  const one = session(['reaching-server', 0, 0], ['over', 0, 0]);
  const done = whileItMoves(one, long);
  one.end();
  await done;
  expect(one.asked()).toBe(1);
});
