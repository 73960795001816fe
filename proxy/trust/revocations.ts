import type { Watch, WatchOptions } from './crl/watch.ts';
import type { JudgedPath } from './judge.ts';
import type { RevokedLookup } from './revoked-links.ts';
import type { Place } from './trust-history.ts';

/**
 * What is known of revoked certificates beyond what servers staple: the lists that authorities publish, fetched in the
 * background and stored. Nothing of it is read before the first server has been judged.
 */
export interface Revocations {
  /** Adds to a judgement what the stored lists say. Waits for the disk at the most. */
  complete(first: JudgedPath, again: (revoked: RevokedLookup) => JudgedPath): Promise<JudgedPath>;
  /**
   * A server has been verified, or would have been but for a revocation: from now on its lists are kept fresh.
   *
   * @param address where it was reached
   */
  met(place: Place, judged: JudgedPath, address: string | undefined): void;
  /**
   * Whether a certificate turned out to be revoked after a server was verified with it.
   *
   * @param verifiedAt ISO 8601
   */
  revokedSince(fingerprint: string, verifiedAt: string): boolean;
  close(): Promise<void>;
}

/** Certificates that were found to be revoked while Postern runs. */
const mostRevoked = 100;

export function createRevocations(options: WatchOptions): Revocations {
  let opening: Promise<Watch> | null = null;
  let closed = false;
  /** By fingerprint: when it was found out, ISO 8601. */
  const revoked = new Map<string, string>();

  const open = () => {
    opening ??= import('./crl/watch.ts').then(({ openWatch }) =>
      openWatch({
        ...options,
        onRevoked(fingerprint) {
          revoked.delete(fingerprint);
          revoked.set(fingerprint, options.now().toISOString());
          const [oldest] = revoked.keys();
          if (revoked.size > mostRevoked && oldest !== undefined) revoked.delete(oldest);
          options.onRevoked(fingerprint);
        },
      }),
    );
    return opening;
  };

  return {
    complete: async (first, again) => (await open()).complete(first, again),
    met(place, judged, address) {
      if (!closed) open().then((watch) => watch.met(place, judged, address), options.fault);
    },
    revokedSince: (fingerprint, verifiedAt) => (revoked.get(fingerprint) ?? '') >= verifiedAt,
    async close() {
      closed = true;
      await (await opening)?.close();
    },
  };
}
