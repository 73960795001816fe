import type { RefusalRow, RelayRow } from './state.ts';

/**
 * The last refusal of a relay, as long as nothing has gone well since. A stranger who was turned away is none of the
 * person's worries: any web page can knock, and must not be able to raise an alarm.
 */
export function standingRefusal({ lastRefusal, lastVerified }: RelayRow): RefusalRow | null {
  if (!lastRefusal || lastRefusal.reason === 'client-not-mail') return null;
  return lastVerified && Date.parse(lastRefusal.at) <= Date.parse(lastVerified.verifiedAt) ? null : lastRefusal;
}
