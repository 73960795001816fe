import { describe, expect, test } from 'vitest';
import { serverAnswer, upstreamLeft, upstreamMisspoke, within } from '../../proxy/dialects/clock.ts';
import { ChannelClosed } from '../../proxy/net/line-channel.ts';

const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

describe('within', () => {
  test('gives what the work gives', async () => {
    expect(
      await within(
        60_000,
        never,
        () => new Error('late'),
        async () => 'done',
      ),
    ).toBe('done');
  });
  test('ends the work when the time is up, or when the session does', async () => {
    await expect(within(5, never, () => new Error('late'), untilAborted)).rejects.toThrow('late');
    const session = new AbortController();
    const waiting = within(60_000, session.signal, () => new Error('late'), untilAborted);
    session.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await expect(
      within(
        60_000,
        session.signal,
        () => new Error('late'),
        async (signal) => signal.throwIfAborted(),
      ),
    ).rejects.toThrow('over');
  });
});

describe('serverAnswer', () => {
  test('says that the server was silent, or left', async () => {
    await expect(serverAnswer('mail.example', 5, never, untilAborted)).rejects.toMatchObject({
      reason: 'upstream-timeout',
    });
    const gone = async () => Promise.reject(new ChannelClosed('gone'));
    await expect(serverAnswer('mail.example', 60_000, never, gone)).rejects.toMatchObject({
      reason: 'upstream-closed',
    });
  });
});

test('the words name the server and say what to do', () => {
  expect(upstreamLeft('mail.example').message).toEqual(
    expect.stringMatching(/^mail\.example hung up in the middle of the conversation\. Try again/),
  );
  expect(upstreamMisspoke('mail.example', 'unasked').message).toEqual(
    expect.stringMatching(/^What answers at mail\.example .*: it gave an answer that nobody had asked for\. Check/),
  );
});
