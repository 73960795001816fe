import type { CertificateExpiring, RelayRow, UntimedEvent } from '../contract/index.ts';
import type { StateStore } from '../state/store.ts';
import type { CareMemory } from './memory.ts';

/** Days before a certificate expires at which the person is warned: once to plan, once to act. */
export const thresholds = [3, 14] as const;

const dayMilliseconds = 86_400_000;

/**
 * The threshold that a certificate has reached.
 *
 * @param notAfter ISO 8601
 * @param now milliseconds since 1970
 * @returns null while there is time, and after expiry: then the refusal says enough
 */
export function expiryThreshold(notAfter: string, now: number): (typeof thresholds)[number] | null {
  const left = Date.parse(notAfter) - now;
  if (left <= 0) return null;
  return thresholds.find((days) => left <= days * dayMilliseconds) ?? null;
}

/**
 * Checks the certificate that each relay's server showed last. One that expires soon is marked in the state, and
 * reported once per threshold, across restarts too.
 */
export function lookAtExpiry(
  state: StateStore,
  memory: CareMemory,
  emit: (event: UntimedEvent) => void,
  now: number,
): void {
  for (const row of state.all('relays')) {
    const expiring = expiringOf(row, now);
    if (JSON.stringify(row.expiring ?? null) !== JSON.stringify(expiring))
      state.patch('relays', row.name, { expiring });
    if (!expiring || !row.lastVerified) continue;
    const { name: relay, account, server: host, port } = row;
    const { fingerprint } = row.lastVerified.certificate;
    const { notAfter, threshold } = expiring;
    if (!memory.warn({ account, fingerprint, threshold, notAfter })) continue;
    const daysLeft = Math.floor((Date.parse(notAfter) - now) / dayMilliseconds);
    emit({ event: 'certificate-expiring', relay, account, host, port, fingerprint, notAfter, threshold, daysLeft });
  }
}

function expiringOf({ lastVerified }: RelayRow, now: number): CertificateExpiring | null {
  if (!lastVerified) return null;
  const { notAfter } = lastVerified.certificate;
  const threshold = expiryThreshold(notAfter, now);
  return threshold === null ? null : { notAfter, threshold };
}
