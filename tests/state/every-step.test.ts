import { expect, test } from 'vitest';
import { everyStep } from '../../proxy/state/every-step.ts';

test('each step waits for the one before it', async () => {
  const heard: string[] = [];
  const step = (name: string) => async () => {
    await new Promise(setImmediate);
    heard.push(name);
  };
  await everyStep([step('a'), () => heard.push('b'), step('c')]);
  expect(heard).toEqual(['a', 'b', 'c']);
});

test('one that fails keeps none of the others from being done; the first error is told', async () => {
  const heard: string[] = [];
  const steps = [
    () => heard.push('a'),
    () => Promise.reject(new Error('the disk is full')),
    () => heard.push('b'),
    () => {
      throw new Error('later');
    },
    () => heard.push('c'),
  ];
  await expect(everyStep(steps)).rejects.toThrow('the disk is full');
  expect(heard).toEqual(['a', 'b', 'c']);
});
