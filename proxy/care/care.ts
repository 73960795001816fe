import type { Configuration, PosternEvent, UntimedEvent } from '../contract/index.ts';
import type { StateStore } from '../state/store.ts';
import type { TrustStore } from '../trust/decisions/trust-store.ts';
import { lookAtExpiry } from './expiry.ts';
import { type CareMemory, createCareMemory } from './memory.ts';

/** How often certificate expiry is checked while no mail moves, in milliseconds. */
const lookEvery = 6 * 3_600_000;

/** Looks after the person between failures: remembers evidence, and warns before certificates expire. */
export interface Care {
  readonly memory: CareMemory;
  /** To be called with every event. */
  hear(event: PosternEvent): void;
  /** To be called once relays are in place: forgets servers that are no longer configured. */
  settled(configuration: Configuration): void;
  close(): void;
}

export function createCare(
  store: TrustStore,
  state: StateStore,
  emit: (event: UntimedEvent) => void,
  now: () => Date,
): Care {
  const memory = createCareMemory(store, now);
  const look = () => lookAtExpiry(state, memory, emit, now().getTime());
  const timer = setInterval(look, lookEvery).unref();
  return {
    memory,
    hear(event) {
      if (event.event !== 'session-verified') return;
      const row = state.get('relays', event.relay);
      if (!row?.lastVerified) return;
      memory.verified(row, row.lastVerified);
      look();
    },
    settled({ accounts }) {
      memory.keepOnly(
        accounts.flatMap(({ name: account, relays }) => relays.map(({ server, port }) => ({ account, server, port }))),
      );
      look();
    },
    close: () => clearInterval(timer),
  };
}
