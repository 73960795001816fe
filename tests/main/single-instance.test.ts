import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { answerInstance, claimInstance } from '../../main/single-instance.ts';
import { scratchDirectory } from '../support/clean-up.ts';

test('the first has it', async () => {
  expect(await claimInstance({ requestSingleInstanceLock: () => true }, '/nowhere')).toBe('ours');
});

test('a second one is another’s when that one answers, and leaves nothing behind', async () => {
  const folder = scratchDirectory('lock');
  const app = {
    requestSingleInstanceLock(data: unknown) {
      void answerInstance(folder, data);
      return false;
    },
  };
  expect(await claimInstance(app, folder)).toBe('other');
  expect(readdirSync(folder)).toEqual([]);
});

test('one that is not answered is not taken for a second one', async () => {
  expect(await claimInstance({ requestSingleInstanceLock: () => false }, scratchDirectory('lock'), 300)).toBe(
    'unavailable',
  );
});

test('one that comes while the first ends has it then', async () => {
  let times = 0;
  const app = {
    requestSingleInstanceLock() {
      times += 1;
      return times > 1;
    },
  };
  expect(await claimInstance(app, scratchDirectory('lock'))).toBe('ours');
});

test.each([null, undefined, 'text', {}, { answer: '../elsewhere' }, { answer: 7 }, { answer: 'answer-' }])(
  'what no instance of ours sent (%j) makes no file',
  async (data) => {
    const folder = scratchDirectory('lock');
    await answerInstance(folder, data);
    expect(readdirSync(folder)).toEqual([]);
  },
);
