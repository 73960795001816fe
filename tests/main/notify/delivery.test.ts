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
  let waiting: (() => void) | null = null;
  const delivery = createDelivery({
    channels: async () => [
      {
        name: 'command',
        async send(one) {
          attempts += 1;
          left -= 1;
          if (left >= 0) throw new Error('failed (exit code 1)');
          sent.push(one);
          waiting?.();
        },
      },
    ],
    complain: (line) => {
      complaints.push(line);
      waiting?.();
    },
    now: () => time,
    pauses: [0, 0],
  });
  return {
    ...{ delivery, sent, complaints },
    attempts: () => attempts,
    later(milliseconds: number) {
      time += milliseconds;
    },
    async until(done: () => boolean) {
      while (!done()) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
  };
}

test('an attempt that fails is made again, and the one after it waits', async () => {
  const { delivery, sent, until, complaints, attempts } = prepare(2);
  delivery.send(message({ title: 'first' }));
  delivery.send(message({ title: 'second' }));
  await until(() => sent.length === 2);
  expect(sent.map(({ title }) => title)).toEqual(['first', 'second']);
  expect([attempts(), complaints]).toEqual([4, []]);
});

test('after three attempts it is told who heard nothing and why, and the next has its own', async () => {
  const { delivery, sent, until, complaints } = prepare(3);
  delivery.send(message({ title: 'first' }));
  delivery.send(message({ title: 'second' }));
  await until(() => sent.length === 1);
  expect(complaints).toEqual(['Nobody was told “first”: the command failed (exit code 1).']);
  expect(sent.map(({ title }) => title)).toEqual(['second']);
});

test('no more than twenty in an hour, the last of which says that there is more', async () => {
  const { delivery, sent, until, later } = prepare();
  for (let number = 1; number <= 50; number += 1) delivery.send(message({ title: `${number}` }));
  await until(() => sent.length === 20);
  expect(sent.map(({ kind }) => kind).slice(-2)).toEqual(['question', 'more']);
  later(3_600_000);
  delivery.send(message({ title: 'after' }));
  await until(() => sent.length === 21);
  expect(sent.at(-1)?.title).toBe('after');
});

test('at the end nothing is sent any more, and nobody is blamed', async () => {
  const { delivery, sent, complaints } = prepare(10);
  delivery.send(message());
  delivery.end();
  delivery.send(message());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([sent, complaints]).toEqual([[], []]);
});
