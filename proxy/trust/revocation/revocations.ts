import { BoundedMap } from '../../state/bounded-map.ts';
import type { Revocations } from '../decisions/trust-desk.ts';
import type { RevocationCheckOptions, RevocationChecks } from './revocation-checks.ts';

/** {@link Revocations} that keeps lists of its own. None are read before the first server has been judged. */
export interface KeptRevocations extends Revocations {
  close(): Promise<void>;
}

/** The most certificates found to be revoked that are remembered while Postern runs. */
const maxRevoked = 100;

export function createRevocations(options: RevocationCheckOptions): KeptRevocations {
  let opening: Promise<RevocationChecks> | null = null;
  let closed = false;
  /** By fingerprint: when it was discovered, ISO 8601. */
  const revoked = new BoundedMap<string, string>(maxRevoked);

  const open = () => {
    opening ??= import('./revocation-checks.ts').then(({ openRevocationChecks }) =>
      openRevocationChecks({
        ...options,
        onRevoked(fingerprint) {
          revoked.set(fingerprint, options.now().toISOString());
          options.onRevoked(fingerprint);
        },
      }),
    );
    return opening;
  };

  return {
    complete: async (first, again) => (await open()).complete(first, again),
    met(place, judged, address) {
      if (!closed) open().then((checks) => checks.met(place, judged, address), options.fault);
    },
    revokedSince: (fingerprint, verifiedAt) => (revoked.get(fingerprint) ?? '') >= verifiedAt,
    async close() {
      closed = true;
      await (await opening)?.close();
    },
  };
}
