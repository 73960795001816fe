import { expect, test } from 'vitest';
import { type RelayRow, standingRefusal } from '../../proxy/contract/index.ts';

const [early, late] = ['2026-11-16T10:00:00Z', '2026-11-16T11:00:00Z'];
const worked = (at: string | null) => ({ lastSuccess: at }) as Partial<RelayRow>;
const afterTls = (row: RelayRow) =>
  ({ ...row, lastRefusal: { ...row.lastRefusal, protection: {} } }) as unknown as RelayRow;
const relay = (refusedAt: string | null, verifiedAt: string | null, reason = 'upstream-timeout') =>
  ({
    lastRefusal: refusedAt === null ? null : { reason, at: refusedAt },
    lastVerified: verifiedAt === null ? null : { verifiedAt },
  }) as RelayRow;

test.each([
  ['nothing was refused', relay(null, late), false],
  ['nothing went well yet', relay(early, null), true],
  ['it was refused after it had gone well', relay(late, early), true],
  ['it went well since', relay(early, late), false],
  ['a password was refused, and the server verified since', afterTls(relay(early, late)), true],
  [
    'a password was refused, and somebody signed in since',
    { ...afterTls(relay(early, early)), ...worked(late) },
    false,
  ],
  ['a password was refused after a sign-in', { ...afterTls(relay(late, late)), ...worked(early) }, true],
  ['a stranger was turned away', relay(late, early, 'client-not-mail'), false],
])('%s', (_, row, stands) => {
  expect(standingRefusal(row) !== null).toBe(stands);
});
