import { expect, test } from 'vitest';
import { messageOf, moreMessage } from '../../../main/notify/message.ts';

const time = new Date('2026-11-16T10:00:00Z');
const notice = { title: 'T', body: 'B', place: { page: 'overview' } } as const;

test('what waits for somebody has its facts and the command that answers', () => {
  const occasion = { kind: 'alarm', account: 'Work', server: 'imap.example.org' } as const;
  expect(messageOf({ ...notice, occasion }, time)).toEqual({
    ...{ version: 1, time: '2026-11-16T10:00:00.000Z', computer: expect.stringMatching(/./), kind: 'alarm' },
    ...{ title: 'T', text: 'B', command: 'postern certificates', account: 'Work', server: 'imap.example.org' },
  });
  expect(messageOf({ ...notice, occasion: { kind: 'sign-in-needed', account: 'Work' } }, time)).toMatchObject({
    kind: 'sign-in-needed',
    command: 'postern accounts',
  });
  expect(moreMessage(time)).toMatchObject({ kind: 'more', command: 'postern status' });
});

test('what matters in front of the screen alone is no message', () => {
  expect(messageOf(notice, time)).toBeNull();
});
