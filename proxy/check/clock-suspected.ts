import { diagnose, type RelayCheck } from '../contract/index.ts';
import { clockFinding, type SeenCertificate } from '../diagnosis/clock.ts';
import type { StateStore } from '../state/store.ts';

const dated: ReadonlySet<string> = new Set([
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-turned-bad',
]);

/** Certificates that fail by their dates alone, across all relays, may be the fault of the clock here: that is then said. */
export function suspectClock(checks: RelayCheck[], state: StateStore, now: Date): RelayCheck[] {
  const finding = clockFinding(
    checks.flatMap((check) => seenBy(check, state)),
    now.getTime(),
  );
  if (!finding) return checks;
  return checks.map((check) =>
    check.diagnosis && dated.has(check.diagnosis.code) ? { ...check, diagnosis: diagnose(finding) } : check,
  );
}

function seenBy({ relay, account, outcome }: RelayCheck, state: StateStore): SeenCertificate[] {
  const row = state.get('relays', relay);
  if (!row) return [];
  if (outcome === 'ok' && row.lastVerified) {
    return [{ server: row.server, certificate: row.lastVerified.certificate, problems: [] }];
  }
  return state
    .all('questions')
    .filter((question) => question.account === account && question.relays.includes(relay))
    .map(({ host: server, certificate, problems }) => ({ server, certificate, problems }));
}
