import type { RefusalRow, RelayRow } from './state.ts';

/**
 * A relay's last refusal, as long as nothing has gone well since. Rejected strangers do not count: any web page can
 * connect, and must not be able to raise an alarm.
 */
export function standingRefusal({ lastRefusal, lastVerified }: RelayRow): RefusalRow | null {
  if (!lastRefusal || lastRefusal.reason === 'client-not-mail') return null;
  return lastVerified && Date.parse(lastRefusal.at) <= Date.parse(lastVerified.verifiedAt) ? null : lastRefusal;
}
