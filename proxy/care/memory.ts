import type { TlsMode, UpstreamProtection } from '../contract/index.ts';
import type { ServerMemory } from '../trust/decisions/server-memory.ts';
import type { GivenWarning } from '../trust/decisions/trust-file.ts';
import type { Place } from '../trust/decisions/trust-history.ts';
import type { TrustStore } from '../trust/decisions/trust-store.ts';

/**
 * What is remembered about servers for the person's sake: that they spoke TLS, the evidence of the last verified
 * session, and which warnings were given. Nothing is trusted because of it.
 */
export interface CareMemory {
  /** When the server last agreed to TLS, for any account, ISO 8601; null if it never did. */
  offeredTls(place: Place): string | null;
  /** In which way it did, and when, for any account. */
  modes: ServerMemory['modes'];
  /** The server has just agreed to TLS: when asked in plaintext, or from the first byte. */
  sawTls(place: Place, mode: TlsMode): void;
  /** When the server was found to offer no TLS any more, for any account; null once it has proved itself again. */
  vanishedAt: ServerMemory['vanishedAt'];
  vanished: ServerMemory['vanished'];
  /** What the server needs that others do not, for any account. */
  needs: ServerMemory['needs'];
  sawNeeds: ServerMemory['sawNeeds'];
  /** The evidence of the account's last verified session. */
  lastVerified(place: Place): UpstreamProtection | null;
  verified(place: Place, protection: UpstreamProtection): void;
  /** @returns false when this warning, or one closer to expiry, was already given for the certificate */
  warn(warning: GivenWarning): boolean;
  /** Forgets every server but these. */
  keepOnly(places: readonly Place[]): void;
}

export function createCareMemory({ memory, warnings }: TrustStore, now: () => Date): CareMemory {
  return {
    offeredTls: memory.offeredTls,
    modes: memory.modes,
    sawTls: (place, mode) => memory.sawTls(place, mode, now().toISOString()),
    vanishedAt: memory.vanishedAt,
    vanished: memory.vanished,
    needs: memory.needs,
    sawNeeds: memory.sawNeeds,
    lastVerified: memory.evidence,
    verified: ({ account, server, port }, protection) => memory.secured({ account, server, port }, protection),
    warn(warning) {
      const { account, fingerprint, threshold } = warning;
      const same = (row: GivenWarning) => row.account === account && row.fingerprint === fingerprint;
      if (warnings.all().some((row) => same(row) && row.threshold <= threshold)) return false;
      const present = now().getTime();
      const others = warnings.all().filter((row) => !same(row) && Date.parse(row.notAfter) > present);
      warnings.replace([...others, warning]);
      return true;
    },
    keepOnly(places) {
      memory.keepOnly(places);
      const accounts = new Set(places.map(({ account }) => account));
      const left = warnings.all().filter(({ account }) => accounts.has(account));
      if (left.length < warnings.all().length) warnings.replace(left);
    },
  };
}
