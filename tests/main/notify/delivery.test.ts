import { expect, test } from 'vitest';
import { createDelivery } from '../../../main/notify/delivery.ts';
import type { Message } from '../../../main/notify/message.ts';
import { message } from './support.ts';

function prepare(failures = 0) {
  let time = 0;
  let left = failures;
  const sent: Message[] = [];
  const complaints: string[] = [];
  let attempts = 0;
  const delivery = createDelivery({
    channels: async () => [
      {
        name: 'command',
        async send(one) {
          attempts += 1;
          left -= 1;
          if (left >= 0) throw new Error('failed (exit code 1)');
          sent.push(one);
        },
      },
    ],
    complain: (line) => void complaints.push(line),
    now: () => time,
    pauses: [0, 0],
  });
  return {
    ...{ delivery, sent, complaints },
    attempts: () => attempts,
    later(milliseconds: number) {
      time += milliseconds;
    },
  };
}

test('an attempt that fails is made again, and the one after it waits', async () => {
  const { delivery, sent, complaints, attempts } = prepare(2);
  const reached = ['first', 'second'].map((title) => delivery.send(message({ title })));
  expect(await Promise.all(reached)).toEqual([true, true]);
  expect(sent.map(({ title }) => title)).toEqual(['first', 'second']);
  expect([attempts(), complaints]).toEqual([4, []]);
});

test('after three attempts it is told who heard nothing and why, and the next has its own', async () => {
  const { delivery, sent, complaints } = prepare(3);
  const reached = ['first', 'second'].map((title) => delivery.send(message({ title })));
  expect(await Promise.all(reached)).toEqual([false, true]);
  expect(complaints).toEqual(['Nobody was told “first”: the command failed (exit code 1).']);
  expect(sent.map(({ title }) => title)).toEqual(['second']);
});

test('no more than twenty in an hour, the last of which says that there is more', async () => {
  const { delivery, sent, later } = prepare();
  const reached = Array.from({ length: 50 }, (_, index) => delivery.send(message({ title: `${index}` })));
  // The message that there is more says nothing of the one in whose place it stands.
  expect((await Promise.all(reached)).lastIndexOf(true)).toBe(18);
  expect(sent).toHaveLength(20);
  expect(sent.map(({ kind }) => kind).slice(-2)).toEqual(['question', 'more']);
  later(3_600_000);
  expect(await delivery.send(message({ title: 'after' }))).toBe(true);
  expect(sent.at(-1)?.title).toBe('after');
});

test('at the end nothing is sent any more, and nobody is blamed', async () => {
  const { delivery, sent, complaints } = prepare(10);
  const reached = [delivery.send(message())];
  delivery.end();
  reached.push(delivery.send(message()));
  expect(await Promise.all(reached)).toEqual([false, false]);
  expect([sent, complaints]).toEqual([[], []]);
});
