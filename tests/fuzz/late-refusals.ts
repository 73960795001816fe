import type { PosternEvent } from '../../proxy/contract/index.ts';
import { type Played, wasOpened } from './invariants.ts';

type Refusal = Extract<PosternEvent, { event: 'refused' }>;

/**
 * Keeps account of refusals that come late. A client that breaks its connection before it is judged is gone from the
 * product's sockets while the kernel's list is still being read for it; it is refused after that, when the next session
 * of its lane may already be running. Such a refusal names no session, since there was none.
 */
export interface LateRefusals {
  /** Removes from a finished session the refusals that belong to earlier ones. Any other refusal stays. */
  settle(relay: string, played: Played): void;
  /** A refusal that came while no session was running. */
  between(event: PosternEvent): void;
}

/** @returns the account of one lane */
export function accountForLate(): LateRefusals {
  /** For each relay, how many clients left without a session and have not been reported. */
  const untold = new Map<string, number>();

  function owed({ relay }: Refusal): boolean {
    const count = untold.get(relay) ?? 0;
    if (count > 0) untold.set(relay, count - 1);
    return count > 0;
  }

  return {
    settle(relay, played) {
      const atTheDoor = played.events.filter(isAtTheDoor);
      // Here only a program that has left is taken for one of another user.
      const itsOwn = wasOpened(played)
        ? undefined
        : atTheDoor.findLast((event) => event.relay === relay && fits(event, played));
      for (const refusal of atTheDoor) {
        if (refusal !== itsOwn && owed(refusal)) played.events.splice(played.events.indexOf(refusal), 1);
      }
      if (!wasOpened(played) && played.client.left && !itsOwn) untold.set(relay, (untold.get(relay) ?? 0) + 1);
    },
    between(event) {
      if (isAtTheDoor(event)) owed(event);
    },
  };
}

const isAtTheDoor = (event: PosternEvent): event is Refusal => event.event === 'refused' && event.session === undefined;

const fits = ({ reason }: Refusal, { client }: Played) => client.left || reason !== 'client-other-user';
