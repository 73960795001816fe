import type { Configuration, RelayConfiguration, SignIn, UpstreamProtection } from '../contract/index.ts';
import type { Grace } from './grace.ts';
import { createPlaces } from './places.ts';
import { type Relay, type RelayContext, startRelay } from './relay.ts';

/** How long running transfers may continue when their relay is changed or removed, or Postern stops, in milliseconds. */
export const drainMilliseconds = 10_000;

/** How often the byte counts of live sessions are updated, in milliseconds. */
const measureMilliseconds = 1_000;

/** The relays of the configuration in force, and earlier ones whose last sessions are still running. */
export interface Relays {
  /** Brings them in line with a configuration: what stays the same keeps its listeners and sessions. */
  reconcile(configuration: Configuration): Promise<void>;
  /** See `Relay.reach`; null where there is no such relay. */
  reach(relay: string, signal: AbortSignal): Promise<UpstreamProtection> | null;
  /** Ends the connections waiting for a next session. What comes next is judged by what is in force then. */
  dropSpares(): void;
  /**
   * Closes the listeners at once. Clients that have connected are served while they make progress, within the given
   * time.
   */
  close(grace: Grace): Promise<void>;
}

/** What relays share and the caller knows; places for sessions and their ids are assigned here. */
export interface RelaysContext extends Omit<RelayContext, 'places' | 'nextSessionId'> {
  /** How many sessions may be open at once, all relays together. */
  maxConnections(): number;
}

export function createRelays({ maxConnections, ...shared }: RelaysContext): Relays {
  const running = new Map<string, { relay: Relay; identity: string }>();
  /** Relays that no longer listen but whose last sessions are still running. */
  const draining = new Set<Relay>();
  let lastSession = 0;
  let closed = false;

  const context: RelayContext = {
    ...shared,
    places: createPlaces(maxConnections),
    nextSessionId() {
      lastSession += 1;
      return `s${lastSession}`;
    },
  };
  const every = () => [...[...running.values()].map(({ relay }) => relay), ...draining];

  const measure = setInterval(() => {
    for (const relay of every()) for (const session of relay.sessions()) session.measure();
  }, measureMilliseconds);
  measure.unref();

  return {
    async reconcile({ accounts }) {
      if (closed) return;
      const wanted = new Map(
        accounts.flatMap(({ name: account, relays, signIn }) =>
          relays.map((relay) => [relay.name, { account, relay, signIn }] as const),
        ),
      );
      const outdated = [...running].filter(([name, { identity }]) => identity !== identityOf(wanted.get(name)));
      await Promise.all(outdated.map(([, { relay }]) => relay.close()));
      for (const [name, { relay }] of outdated) {
        running.delete(name);
        if (!wanted.has(name)) context.state.remove('relays', name);
        draining.add(relay);
        // Clients not yet admitted would be admitted under the old configuration: drop them.
        void relay.finish({ transfers: drainMilliseconds, arrivals: 0 }).finally(() => draining.delete(relay));
      }
      // Postern may have been stopped meanwhile: then nothing begins any more.
      if (closed) return;
      for (const [name, entry] of wanted) {
        if (running.has(name)) continue;
        running.set(name, { relay: startRelay(entry.account, entry.relay, context), identity: identityOf(entry) });
      }
      context.handed?.closeUnattached();
      await Promise.all([...running.values()].map(({ relay }) => relay.settled));
    },
    reach: (relay, signal) => running.get(relay)?.relay.reach(signal) ?? null,
    dropSpares() {
      for (const relay of every()) relay.dropSpare();
    },
    async close(grace) {
      closed = true;
      clearInterval(measure);
      context.handed?.close();
      await Promise.all(every().map((relay) => relay.close(grace.arrivals)));
      await Promise.all(every().map((relay) => relay.finish(grace)));
    },
  };
}

/** The identity of a relay: any difference in its configuration or account makes it another one. */
function identityOf(
  entry: { account: string; relay: RelayConfiguration; signIn: SignIn | undefined } | undefined,
): string {
  return JSON.stringify(entry);
}
