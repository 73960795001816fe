import {
  type Configuration,
  isSameServer,
  type PosternEvent,
  type RelayRow,
  type UntimedEvent,
} from '../contract/index.ts';
import type { StateStore } from '../state/store.ts';
import type { TrustStore } from '../trust/decisions/trust-store.ts';
import { lookAtExpiry } from './expiry.ts';
import { type CareMemory, createCareMemory } from './memory.ts';

/** How often certificate expiry is checked while no mail moves, in milliseconds. */
const lookEvery = 6 * 3_600_000;

/** Records history between failures, and warns before certificates expire. */
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
  /** If the server's encryption has vanished, that applies to every relay to it. */
  function show(at: RelayRow, encryptionVanishedAt: string | null): void {
    for (const { name, server, port, encryptionVanishedAt: shown = null } of state.all('relays')) {
      if (shown === encryptionVanishedAt || !isSameServer(at, { host: server, port })) continue;
      state.patch('relays', name, { encryptionVanishedAt });
    }
  }

  return {
    memory,
    hear(event) {
      const row = 'relay' in event ? state.get('relays', event.relay) : undefined;
      if (!row) return;
      if (event.event === 'refused' && event.code === 'encryption-vanished') {
        memory.vanished(row, event.time);
        show(row, event.time);
      }
      if (event.event !== 'session-verified' || !row.lastVerified) return;
      memory.verified(row, row.lastVerified);
      const { server: host, port } = row;
      const bare = state
        .all('relays')
        .filter((each) => each.encryptionVanishedAt && isSameServer(each, { host, port }));
      show(row, null);
      for (const account of new Set(bare.map((each) => each.account))) {
        emit({ event: 'alarm-ended', account, host, port, what: 'encryption' });
      }
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
