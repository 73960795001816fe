import type { ActivityRow, PosternEvent } from './contract/index.ts';
import type { StateStore } from './state/store.ts';

/** Older rows than this many are dropped: some weeks of ordinary use. */
const maxRows = 10_000;

/** An activity row before its number and time. */
type Entry = ActivityRow extends infer R ? (R extends ActivityRow ? Omit<R, 'number' | 'at'> : never) : never;

/**
 * Keeps the list of what happened, from the events.
 *
 * @returns what to call with every event
 */
export function keepActivity(state: StateStore): (event: PosternEvent) => void {
  let number = 0;
  const relayOf = (name: string) => ({ relay: name, account: state.get('relays', name)?.account ?? null });

  return (event) => {
    const entry = describe(event, state, relayOf);
    if (!entry) return;
    number += 1;
    state.set('activity', String(number), { number, at: event.time, ...entry } as ActivityRow);
    if (number > maxRows) state.remove('activity', String(number - maxRows));
  };
}

function describe(
  event: PosternEvent,
  state: StateStore,
  relayOf: (name: string) => { relay: string; account: string | null },
): Entry | null {
  switch (event.event) {
    case 'listening':
      return { kind: 'relay-listening', ...relayOf(event.relay), address: event.address, port: event.port };
    case 'relay-failed':
      return { kind: 'relay-failed', ...relayOf(event.relay), reason: event.reason, message: event.message };
    case 'session-verified': {
      const { session, tlsVersion, cipher, fingerprint } = event;
      return { kind: 'session-verified', ...relayOf(event.relay), session, tlsVersion, cipher, fingerprint };
    }
    case 'session-closed': {
      // What was refused has its row already.
      if (event.ending === 'refused') return null;
      const { session, bytesUp, bytesDown, ending } = event;
      return { kind: 'session-closed', ...relayOf(event.relay), session, bytesUp, bytesDown, ending };
    }
    case 'refused':
      return { kind: 'refused', ...relayOf(event.relay), reason: event.reason, message: event.message };
    case 'certificate-pending': {
      const { relay, account, id, host, problems } = event;
      return { kind: 'certificate-pending', relay, account, id, host, problems };
    }
    case 'certificate-expiring': {
      const { relay, account, host, notAfter, threshold, daysLeft } = event;
      return { kind: 'certificate-expiring', relay, account, host, notAfter, threshold, daysLeft };
    }
    case 'certificate-decided': {
      const subject = state.get('decisions', event.id) ?? state.get('questions', event.id);
      return {
        kind: 'certificate-decided',
        relay: null,
        account: subject?.account ?? null,
        id: event.id,
        host: subject?.host ?? '',
        decision: event.decision,
      };
    }
    case 'ready':
    case 'session-opened':
      return null;
  }
}
