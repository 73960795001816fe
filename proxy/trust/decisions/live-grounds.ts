import { EndedFromOutside, type OutsideEnding } from '../../net/ended-from-outside.ts';
import type { Certificate } from '../x509/certificate.ts';

/** The basis on which a connection was accepted. If any part of it is withdrawn, the connection is closed. */
export interface Grounds {
  /** SHA-256 of the certificate that the server presented. */
  fingerprint: string;
  /** The authority at the end of its path; null when the path led to none. */
  anchor: Certificate | null;
  /** The decision by which a person trusts it; null when it was verified by the rules alone. */
  decision: string | null;
}

/** Why an accepted connection must no longer be used. */
export type Withdrawal = Exclude<OutsideEnding, 'stopped' | 'paused'>;

/** The grounds of every accepted connection that is still open. */
export interface LiveGrounds {
  /**
   * To be called in the turn in which the verdict is reached, so that no withdrawal can be missed in between.
   *
   * @returns a signal that aborts with an {@link EndedFromOutside}, and a function to be called when the connection is
   *   closed
   */
  hold(grounds: Grounds): { withdrawn: AbortSignal; release: () => void };
  /** Withdraws trust from every connection whose grounds match. */
  withdraw(why: Withdrawal, which: (grounds: Grounds) => boolean): void;
}

/** @param isAnchor whether an authority is trusted now: a handshake may have begun while it was */
export function createLiveGrounds(isAnchor: (anchor: Certificate) => boolean = () => true): LiveGrounds {
  const live = new Map<AbortController, Grounds>();
  return {
    hold(grounds) {
      const controller = new AbortController();
      live.set(controller, grounds);
      if (grounds.anchor && !isAnchor(grounds.anchor)) controller.abort(new EndedFromOutside('authority-removed'));
      return { withdrawn: controller.signal, release: () => live.delete(controller) };
    },
    withdraw(why, which) {
      // Copied: listeners close connections, and may begin to make others.
      for (const [controller, grounds] of [...live]) {
        if (which(grounds)) controller.abort(new EndedFromOutside(why));
      }
    },
  };
}
