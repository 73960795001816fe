import type { RefusalRow, RelayRow } from './state.ts';

/**
 * A relay's last refusal, as long as nothing has gone well since. A stranger being turned away is no concern of the
 * person's: any web page can knock, and must not be able to raise an alarm.
 */
export function standingRefusal({ lastRefusal, lastVerified }: RelayRow): RefusalRow | null {
  if (!lastRefusal || lastRefusal.reason === 'client-not-mail') return null;
  return lastVerified && Date.parse(lastRefusal.at) <= Date.parse(lastVerified.verifiedAt) ? null : lastRefusal;
}
