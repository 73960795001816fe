import { expect, test } from 'vitest';
import { readHanded, takeHandedSockets } from '../../../main/service/handed.ts';

test.each([
  ['nothing', {}, []],
  ['another process’s', { LISTEN_PID: '2', LISTEN_FDS: '1', LISTEN_FDNAMES: 'work' }, []],
  ['no number', { LISTEN_PID: '1', LISTEN_FDS: 'x' }, []],
  ['below zero', { LISTEN_PID: '1', LISTEN_FDS: '-1' }, []],
  [
    'two of one relay, and one without a name',
    { LISTEN_PID: '1', LISTEN_FDS: '3', LISTEN_FDNAMES: 'work:work' },
    [
      { name: 'work', fd: 3 },
      { name: 'work', fd: 4 },
      { name: '', fd: 5 },
    ],
  ],
])('%s', (_, environment, expected) => {
  expect(readHanded(environment, 1)).toEqual(expected);
});

test('descriptors that are none are an error that says what to do, and the words are for this process alone', async () => {
  const environment: NodeJS.ProcessEnv = { LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'work', PATH: '/bin' };
  await expect(takeHandedSockets({ ...environment, LISTEN_PID: '2' }, 1)).resolves.toBeNull();
  // Whatever descriptor 3 of this process is, it is not a listening TCP socket.
  await expect(takeHandedSockets(environment, 1)).rejects.toThrow(
    'They are to be listening TCP sockets (ListenStream=)',
  );
  expect(environment).toEqual({ PATH: '/bin' });
});
