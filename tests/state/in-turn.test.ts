import { expect, test } from 'vitest';
import { createTurns } from '../../proxy/state/in-turn.ts';

test('work begins when the work before it has ended, and each caller is told how their own ended', async () => {
  const inTurn = createTurns();
  const heard: string[] = [];
  const first = Promise.withResolvers<number>();
  const results = [
    inTurn(() => {
      heard.push('first begins');
      return first.promise;
    }),
    inTurn(async () => {
      heard.push('second begins');
      throw new Error('no');
    }),
    inTurn(async () => {
      heard.push('third begins');
      return 3;
    }),
  ];
  const ended = Promise.allSettled(results);
  await new Promise(setImmediate);
  expect(heard).toEqual(['first begins']);
  first.resolve(1);
  expect(await ended).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('no') },
    { status: 'fulfilled', value: 3 },
  ]);
  expect(heard).toEqual(['first begins', 'second begins', 'third begins']);
});
