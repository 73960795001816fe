import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type PosternEvent, type Protocol, type RelayRow, signInNeeds } from '../../proxy/contract/index.ts';
import type { StateStore } from '../../proxy/state/store.ts';

/** The metrics of a running core, in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string;
  /** Counts events that the state does not count. */
  hear(event: PosternEvent): void;
  /** The state to read from now on, at each scrape. */
  watch(state: StateStore): void;
  text(): Promise<string>;
}

/** The only names in labels: the account's, and the protocol. No server, no user, no relay, no device. */
const labelNames = ['account', 'protocol'] as const;
type Labels = { account: string; protocol: Protocol };

/** Listeners open a moment before the state is handed over. */
const maxEarly = 1000;

/** A separate registry: nothing is shared with another core in the same process. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  let state: StateStore | null = null;
  const relays = () => state?.all('relays') ?? [];
  const labelsOf = ({ account, protocol }: RelayRow): Labels => ({ account, protocol });

  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'postern_info', help: 'The version that runs.', labelNames: ['version'], registers }).set(
    { version },
    1,
  );

  /** A figure of the state, summed over the relays of an account and protocol: a counter where it only grows. */
  const sum = (Kind: typeof Counter | typeof Gauge, name: string, help: string, figure: (relay: RelayRow) => number) =>
    new Kind<string>({
      name,
      help,
      labelNames,
      registers,
      collect(this: Counter | Gauge) {
        this.reset();
        for (const relay of relays()) this.inc(labelsOf(relay), figure(relay));
      },
    });

  sum(Gauge, 'postern_sessions_open', 'Sessions that are open.', ({ sessionsOpen }) => sessionsOpen);
  sum(Counter, 'postern_sessions_total', 'Sessions since the core started.', ({ sessionsTotal }) => sessionsTotal);
  sum(
    Gauge,
    'postern_listeners',
    'Addresses that are listened on.',
    ({ listeners }) => listeners.filter(({ status }) => status.kind === 'listening').length,
  );
  sum(
    Gauge,
    'postern_listeners_failed',
    'Addresses that cannot be listened on, and are tried again.',
    ({ listeners }) => listeners.filter(({ status }) => status.kind === 'failed').length,
  );
  new Counter({
    name: 'postern_bytes_total',
    help: 'Bytes carried since the core started; up is towards the mail server.',
    labelNames: [...labelNames, 'direction'],
    registers,
    collect() {
      this.reset();
      const live = state?.all('sessions') ?? [];
      for (const relay of relays()) {
        const own = live.filter((session) => session.relay === relay.name);
        const carried = (figure: 'bytesUp' | 'bytesDown') =>
          own.reduce((bytes, row) => bytes + row[figure], relay[figure]);
        this.inc({ ...labelsOf(relay), direction: 'up' }, carried('bytesUp'));
        this.inc({ ...labelsOf(relay), direction: 'down' }, carried('bytesDown'));
      }
    },
  });
  const refusals = new Counter({
    name: 'postern_refusals_total',
    help: "What was refused since the core started, by the contract's word.",
    labelNames: [...labelNames, 'reason'],
    registers,
  });
  new Gauge({
    name: 'postern_certificate_not_after_timestamp_seconds',
    help: "When the certificate ends that an account's server showed last, in Unix time; the one that ends first.",
    labelNames,
    registers,
    collect() {
      this.reset();
      const ends = new Map<string, { labels: Labels; seconds: number }>();
      for (const relay of relays()) {
        const notAfter = relay.lastVerified?.certificate.notAfter;
        if (notAfter === undefined) continue;
        const labels = labelsOf(relay);
        const key = JSON.stringify(labels);
        const seconds = Date.parse(notAfter) / 1000;
        if (seconds < (ends.get(key)?.seconds ?? Number.POSITIVE_INFINITY)) ends.set(key, { labels, seconds });
      }
      for (const { labels, seconds } of ends.values()) this.set(labels, seconds);
    },
  });
  new Gauge({
    name: 'postern_questions_pending',
    help: 'Questions about certificates that wait for a person.',
    labelNames: ['account'],
    registers,
    collect() {
      this.reset();
      for (const { account } of relays()) this.set({ account }, 0);
      for (const { account } of state?.all('questions') ?? []) this.inc({ account });
    },
  });
  new Gauge({
    name: 'postern_sign_in_needed',
    help: "1 while a person has to sign in before mail flows, by the contract's word; accounts that Postern signs in for.",
    labelNames: ['account', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { name, signIn } of state?.all('accounts') ?? []) {
        if (signIn.kind === 'pass-through') continue;
        // Every reason is there from the start: an alert sees a change from 0, but not a series that begins at 1.
        for (const reason of signInNeeds) this.set({ account: name, reason }, signIn.needed?.reason === reason ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'postern_signed_in_timestamp_seconds',
    help: 'When the server last accepted a sign-in by Postern, in Unix time.',
    labelNames: ['account'],
    registers,
    collect() {
      this.reset();
      for (const { name, signIn } of state?.all('accounts') ?? []) {
        if (signIn.signedInAt !== undefined) this.set({ account: name }, Date.parse(signIn.signedInAt) / 1000);
      }
    },
  });
  new Gauge({
    name: 'postern_paused',
    help: '1 while a person has asked that no connection be made.',
    registers,
    collect() {
      this.set(state?.get('core', 'core')?.paused ? 1 : 0);
    },
  });

  /** Refusals from before the state is available. */
  const early: PosternEvent[] = [];
  function hear(event: PosternEvent): void {
    if (event.event !== 'refused') return;
    if (state === null) {
      if (early.length < maxEarly) early.push(event);
      return;
    }
    const relay = state.get('relays', event.relay);
    if (relay) refusals.inc({ ...labelsOf(relay), reason: event.reason });
  }

  return {
    contentType: registry.contentType,
    hear,
    watch(next) {
      state = next;
      for (const event of early.splice(0)) hear(event);
    },
    text: () => registry.metrics(),
  };
}
