import type { RefusalRow, RelayRow } from './state.ts';

/**
 * A relay's last refusal, as long as nothing has gone well since: what was refused before the server was verified is over
 * once it is, what was refused after that (a password) once somebody signs in. Rejected strangers do not count: any web
 * page can connect, and must not be able to raise an alarm.
 */
export function standingRefusal({ lastRefusal, lastVerified, lastSuccess }: RelayRow): RefusalRow | null {
  if (!lastRefusal || lastRefusal.reason === 'client-not-mail') return null;
  const better = lastRefusal.protection ? lastSuccess : lastVerified?.verifiedAt;
  return better && Date.parse(lastRefusal.at) <= Date.parse(better) ? null : lastRefusal;
}
