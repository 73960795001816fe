import { describe, expect, test } from 'vitest';
import { endSteps, SpliceState, sendingStates } from '../../proxy/session/splice-state.ts';

const line = Buffer.from('+OK\r\n');
const half = Buffer.from('+O');
const error = (code: string) => Object.assign(new Error(code), { code });

test('each side ends once, in either order', () => {
  expect(sendingStates.map((from) => [from, endSteps[from]])).toEqual([
    ['both', { client: 'server', server: 'client' }],
    ['client', { client: 'neither' }],
    ['server', { server: 'neither' }],
    ['neither', {}],
  ]);
  const state = new SpliceState();
  expect([state.ended('client'), state.ended('client'), state.sending]).toEqual([true, false, 'server']);
  expect([state.sends('client'), state.sends('server')]).toEqual([false, true]);
  expect([state.ended('server'), state.ended('server'), state.sending]).toEqual([true, false, 'neither']);
});

describe('a server that is gone', () => {
  type Step = (state: SpliceState) => unknown;
  function gone(before: Step | Step[], code?: string): boolean {
    const state = new SpliceState();
    for (const step of [before].flat()) step(state);
    if (code !== undefined) state.serverFailed(error(code));
    return state.cutShort;
  }
  const asked = (state: SpliceState) => state.clientSaid();
  const answered = (state: SpliceState) => {
    asked(state);
    state.serverSaid(line);
  };
  const inLine = (state: SpliceState) => state.serverSaid(half);
  const end = (state: SpliceState) => state.ended('client');

  test.each<[string, boolean, boolean]>([
    ['behind a line, or before it said anything, has said what it wanted to', gone(answered) || gone(() => {}), false],
    ['in the middle of a line was cut short', gone(inLine), true],
    ['by a reset, with an answer due, was cut short', gone(asked, 'ECONNRESET'), true],
    ['by a reset, with nothing due, has said what it wanted to', gone(answered, 'ECONNRESET'), false],
    ['by broken TLS was cut short, whatever it had said', gone(answered, 'ERR_SSL_WRONG_VERSION_NUMBER'), true],
    [
      'by plaintext behind the end of TLS, once the mail program has ended with its answers, misses nothing',
      gone([answered, end], 'ERR_SSL_WRONG_VERSION_NUMBER'),
      false,
    ],
    [
      'by broken TLS before the answer was cut short, though the mail program has ended',
      gone([asked, end], 'ERR_SSL_WRONG_VERSION_NUMBER'),
      true,
    ],
    [
      'by a reset before the answer, once the mail program has ended, leaves it an orderly end',
      gone([asked, end], 'ECONNRESET'),
      false,
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });
});

describe('a mail program that is gone', () => {
  function ending(before: (state: SpliceState) => void, undelivered = false) {
    const state = new SpliceState();
    before(state);
    state.clientGone(undelivered);
    return [state.ending, state.sends('client')];
  }

  test('without an end of its own has broken off', () => {
    expect(ending(() => {})).toEqual(['client-reset', false]);
  });

  test('once it has ended has broken off what it asked for only while something is missing', () => {
    expect(ending((state) => state.ended('client'))).toEqual(['clean', false]);
    expect(ending((state) => state.ended('client'), true)).toEqual(['client-reset', false]);
    expect(
      ending((state) => {
        state.serverSaid(half);
        state.ended('client');
      }),
    ).toEqual(['client-reset', false]);
  });

  test('once the server has ended has broken off nothing', () => {
    expect(ending((state) => state.ended('server'))).toEqual(['clean', false]);
  });
});

test('an answer is due from a command to a whole line', () => {
  const state = new SpliceState();
  const due = [state.answerDue];
  state.clientSaid();
  due.push(state.answerDue);
  state.serverSaid(half);
  due.push(state.answerDue);
  state.serverSaid(line);
  due.push(state.answerDue);
  expect(due).toEqual([false, true, true, false]);
});

test('a mail program that was cut short ends as that', () => {
  const state = new SpliceState();
  state.truncated();
  expect(state.ending).toBe('truncated');
});
