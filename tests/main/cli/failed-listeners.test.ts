import { expect, test } from 'vitest';
import { type FailedListener, joinedFailures } from '../../../main/cli/failed-listeners.ts';
import { worded } from '../../../proxy/contract/index.ts';

const failure = (address: string, more: object = {}, code: FailedListener['code'] = 'port-in-use'): FailedListener => ({
  code,
  facts: { address, listenPort: 1143, program: 'dovecot (process 7)', freePort: 1144, ...more },
});

test('a port that another program has at both addresses is said once', () => {
  const [one, ...more] = joinedFailures([failure('127.0.0.1'), failure('::1', { freePort: 1145 })]);
  expect(more).toEqual([]);
  expect(one && worded(one).sentence).toBe('127.0.0.1 and ::1 port 1143 is used by dovecot (process 7).');
});

test.each([
  ['two programs', failure('127.0.0.1'), failure('::1', { program: 'postfix (process 8)' })],
  ['two ports', failure('127.0.0.1'), failure('::1', { listenPort: 1144 })],
  ['two reasons', failure('127.0.0.1'), failure('::1', {}, 'port-not-permitted')],
  ['addresses that are missing', failure('10.0.0.1', {}, 'address-missing'), failure('::1', {}, 'address-missing')],
])('%s are said apart', (_what, ...failures) => expect(joinedFailures(failures)).toEqual(failures));
