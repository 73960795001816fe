import { expect, test } from 'vitest';
import { CoreLife, coreStages, coreSteps } from '../../../main/desktop/core-life.ts';

const byItself = { failure: null, isExhausted: false };

function startedLife(delays = [100, 1000], now = () => 0): CoreLife {
  const life = new CoreLife(delays, now);
  life.starting();
  return life;
}

test('each stage leads where the table says, and nowhere else', () => {
  const ways: Record<(typeof coreStages)[number], (life: CoreLife) => void> = {
    starting: (life) => life.starting(),
    live: (life) => life.live(),
    waiting: (life) => life.ended(byItself),
    stopping: (life) => life.stopping(),
    stopped: (life) => life.ended(byItself),
  };
  const toStage: Record<(typeof coreStages)[number], ('starting' | 'live' | 'waiting' | 'stopping' | 'stopped')[]> = {
    starting: ['starting'],
    live: ['starting', 'live'],
    waiting: [],
    stopping: ['starting', 'stopping'],
    stopped: ['starting', 'stopping', 'stopped'],
  };
  for (const from of coreStages) {
    for (const to of coreSteps[from]) {
      const life = new CoreLife([0]);
      for (const step of toStage[from]) ways[step](life);
      expect(life.stage).toBe(from);
      ways[to](life);
      expect(life.stage).toBe(to);
    }
  }
  expect(() => startedLife().starting()).toThrow('cannot step from starting to starting');
});

test('one that ends soon is started again after longer and longer; one that was well, as if for the first time', () => {
  let time = 0;
  const life = startedLife([100, 1000], () => time);
  const waits: (number | undefined)[] = [];
  for (const stayed of [10, 10, 10, 60_001]) {
    life.live();
    time += stayed;
    waits.push(life.ended(byItself)?.wait);
    life.starting();
  }
  expect(waits).toEqual([100, 1000, 1000, 100]);
});

test('one that is live after another that was live had ended is back, once; the first is not', () => {
  const life = startedLife();
  const back = [life.live(), life.live()];
  life.ended(byItself);
  life.starting();
  life.ended(byItself);
  life.starting();
  back.push(life.live(), life.live());
  expect(back).toEqual([false, false, true, false]);
});

test('one that says why it cannot start is tried seldom, and four in vain are told as such', () => {
  const life = startedLife();
  expect(life.ended({ failure: 'no disk', isExhausted: false })).toEqual({
    status: 'gone',
    reason: 'no disk',
    wait: 1000,
  });
  const statuses = [1, 2, 3, 4].map(() => {
    life.starting();
    return life.ended(byItself)?.status;
  });
  expect(statuses).toEqual(['restarting', 'restarting', 'restarting', 'gone']);
});

test('one that was to stop stays stopped', () => {
  const life = startedLife();
  life.stopping();
  life.stopping();
  expect([life.live(), life.ended(byItself), life.stage]).toEqual([false, null, 'stopped']);
  expect(() => life.starting()).toThrow();
});
