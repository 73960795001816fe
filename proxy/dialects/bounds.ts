import { type RelayConfiguration, usualRecipientsPerHour } from '../contract/index.ts';

/** What may leave through a relay for devices. */
export interface SubmissionBounds {
  /** Whether a message may have this envelope sender; empty for the null sender. */
  mayBeFrom(address: string): boolean;
  /** Takes a place for one more recipient, or returns false when there is none left in this hour. */
  takeRecipient(): boolean;
  /** The server has taken a message. */
  sent(): void;
}

const hour = 3_600_000;

/** What bounds the messages that the devices of a relay send; undefined for any other relay. */
export function boundsOf({ lan, protocol }: RelayConfiguration): Omit<SubmissionBounds, 'sent'> | undefined {
  if (!lan || protocol !== 'smtp') return undefined;
  const { senders, recipientsPerHour = usualRecipientsPerHour } = lan;
  return createBounds({ senders, recipientsPerHour }, () => performance.now());
}

/**
 * @param senders the envelope senders to let through; any when not given
 * @param recipientsPerHour at most this many recipients in any 60 minutes, all devices together
 * @param now milliseconds of a clock that never jumps
 */
export function createBounds(
  { senders, recipientsPerHour }: { senders?: readonly string[] | undefined; recipientsPerHour: number },
  now: () => number,
): Omit<SubmissionBounds, 'sent'> {
  const listed = senders && new Set(senders.map(alike));
  /** When the last recipients were taken: as many as an hour allows, the oldest at `next`. */
  const taken: number[] = [];
  let next = 0;
  return {
    mayBeFrom: (address) => listed?.has(alike(Buffer.from(address, 'latin1').toString())) ?? true,
    takeRecipient() {
      const oldest = taken[next];
      if (taken.length === recipientsPerHour && oldest !== undefined && now() - oldest < hour) return false;
      taken[next] = now();
      next = (next + 1) % recipientsPerHour;
      return true;
    },
  };
}

/** RFC 5321 §2.4 lets a server tell Scanner from scanner; none does, and devices mix them. */
function alike(address: string): string {
  return address.toLowerCase();
}
