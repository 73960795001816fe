import type { CareMemory } from '../care/memory.ts';
import { type ListenerRow, listenPlaces, type RelayConfiguration, type RelayFailureReason } from '../contract/index.ts';
import { boundsOf } from '../dialects/bounds.ts';
import { dialects } from '../dialects/index.ts';
import type { AccountGate } from '../gate/account-gate.ts';
import { addressList } from '../net/addresses.ts';
import { listDevices } from '../net/devices.ts';
import type { HandedSockets } from '../net/handed-sockets.ts';
import { type Listener, type ListenerEvents, listen } from '../net/listener.ts';
import type { StateStore } from '../state/store.ts';
import type { TlsContext } from '../trust/tls/secure-upstream.ts';
import { keepDeviceLog } from './device-log.ts';
import { keepDoor } from './doorkeeper.ts';
import { explainFailure, failure } from './failed-listener.ts';
import type { Grace } from './grace.ts';
import type { PauseGate } from './pause-gate.ts';
import type { Places } from './places.ts';
import { type EmitEvent, openReport, type SessionReport } from './report.ts';
import { type Session, type SessionContext, startSession } from './session.ts';
import type { SilentDial, SilentDials } from './silent-dials.ts';
import { keepSpare } from './spare.ts';
import { tellTurnedAway } from './turned-away.ts';
import type { Wariness } from './wariness.ts';

/** What all relays share. */
export interface RelayContext {
  state: StateStore;
  emit: EmitEvent;
  now(): Date;
  /** What a session that begins now may use: settings may change while relays run. */
  session(): SessionContext;
  /** The TLS context in force for a relay. */
  tlsContext(relay: string): TlsContext;
  /** Listening sockets that the system opened for relays. */
  handed?: HandedSockets;
  places: Places;
  /** Whether other users' programs are turned away, where the system says whose they are. */
  ownUserOnly(): boolean;
  wariness: Wariness;
  silentDials: SilentDials;
  pause: PauseGate;
  /** Whether a relay keeps one connection for its next session. */
  keepsSpares(): boolean;
  nextSessionId(): string;
  /** The evidence of the last verified session with a server. */
  lastVerified: CareMemory['lastVerified'];
  /** What stands between mail programs and an account that Postern signs in for; null for all others. */
  gate(account: string): AccountGate | null;
  /** Is called for a fault of ours in a session. */
  fault(error: unknown): void;
}

/** One relay: its listeners and its sessions. */
export interface Relay {
  readonly configuration: RelayConfiguration;
  /** Resolves when every listener has either opened or failed for the first time. */
  readonly settled: Promise<void>;
  sessions(): Iterable<Session>;
  /** Stops listening. Sessions live on; whoever has not passed the door has `milliseconds` to do so, none by default. */
  close(milliseconds?: number): Promise<void>;
  /** Ends the connection waiting for the next session, if there is one. */
  dropSpare(): void;
  /** Ends the sessions, and those that still begin, each when it no longer moves or its time is up. */
  finish(grace: Grace): Promise<void>;
}

/** Listens for one relay of an account, and starts a session for each connection. */
export function startRelay(account: string, configuration: RelayConfiguration, context: RelayContext): Relay {
  const { name, protocol, server, port, tls } = configuration;
  const dialect = dialects[protocol];
  const gate = context.gate(account);
  const ownSignIn = gate ? { gate, admit: configuration.admit ?? 'password', port } : undefined;
  const target = {
    own: gate !== null,
    relay: name,
    account,
    server,
    address: configuration.address ?? server,
    port,
    tls,
    dialect,
    tlsContext: () => context.tlsContext(name),
  };
  const identity = { name, account, protocol };
  const sessions = new Set<Session>();
  let everybodyLeft = Promise.resolve();
  let closed = false;
  const spare = keepSpare({
    target,
    context: () =>
      context.keepsSpares() && !context.pause.shut && !closed
        ? { ...context.session(), pausing: context.pause.pausing }
        : null,
    changed: (counts) => context.state.patch('relays', name, { spare: counts }),
  });
  const handed = context.handed?.of(name) ?? [];
  const own = listenPlaces(configuration);
  const listenAt = handed.length === 0 ? own : handed.map(({ place }) => place ?? { address: 'no TCP', port: 0 });
  const rows: ListenerRow[] = listenAt.map((place) => ({ ...place, status: { kind: 'starting' } }));
  const showListeners = () => context.state.patch('relays', name, { listeners: rows.map((row) => ({ ...row })) });

  const before = context.state.get('relays', name);
  context.state.set('relays', name, {
    name,
    account,
    protocol,
    server,
    port,
    tls,
    listeners: rows.map((row) => ({ ...row })),
    // A changed relay goes on counting: its old sessions may still be running.
    sessionsOpen: before?.sessionsOpen ?? 0,
    sessionsTotal: before?.sessionsTotal ?? 0,
    refusalsTotal: before?.refusalsTotal ?? 0,
    bytesUp: before?.bytesUp ?? 0,
    bytesDown: before?.bytesDown ?? 0,
    lastVerified: context.lastVerified(target),
    lastRefusal: null,
    ...(configuration.lan && before?.devices ? { devices: before.devices } : {}),
  });

  const log = configuration.lan && keepDeviceLog(name, configuration.lan, context.state, context.now);
  const told = tellTurnedAway(identity, context.state, context.emit, context.now);
  const turnedAway = log?.watching(told) ?? told;
  const { places, ownUserOnly, wariness, silentDials, fault } = context;
  const paused = () => context.pause.shut;
  const spareWaits = () => context.state.get('relays', name)?.spare?.waiting ?? false;
  const devices = configuration.lan ? listDevices(configuration.lan.allow) : null;
  const bounds = boundsOf(configuration);
  const balancers = configuration.proxyProtocol ? addressList(configuration.proxyProtocol) : null;
  const deviceAt = (address: string | undefined) => (configuration.lan ? (address ?? null) : null);
  const admit = (address: string | undefined) => places.take(deviceAt(address));
  const who = { ownUserOnly, devices, balancers, wariness, silentDials, turnedAway };
  const door = keepDoor({ dialect, admit, paused, spareWaits, fault, ...who }, (client, lines, source, dial) => {
    const id = context.nextSessionId();
    const device = source?.address ?? client.remoteAddress;
    const open = openReport(id, identity, context.state, context.emit, context.now, source?.address);
    const report = log?.reporting(device, open) ?? open;
    const session = startSession(
      client,
      lines,
      target,
      { ...context.session(), own: ownSignIn, bounds: bounds && log?.counting(device, bounds) },
      learning(report, wariness, dial),
      spare,
    );
    sessions.add(session);
    session.over.catch(context.fault).finally(() => {
      sessions.delete(session);
      places.giveBack(deviceAt(device));
    });
  });

  function open(row: ListenerRow, index: number, settle: () => void): Listener {
    const events: ListenerEvents = {
      connection: door.receive,
      listening(boundPort) {
        row.port = boundPort;
        row.status = { kind: 'listening' };
        showListeners();
        context.emit({ event: 'listening', relay: name, address: row.address, port: boundPort });
        settle();
      },
      failed(reason: RelayFailureReason, error: string) {
        // Until it is known who holds the port; nothing is listening meanwhile.
        row.status = failure(row, reason, error);
        void explainFailure(row, context.state, reason, error).then((status) => {
          if (row.status.kind === 'failed') {
            const { diagnosis, kind: _, ...failed } = status;
            row.status = status;
            showListeners();
            const { address, port } = row;
            context.emit({
              event: 'relay-failed',
              relay: name,
              address,
              port,
              ...failed,
              code: diagnosis.code,
              facts: diagnosis.facts,
            });
          }
          settle();
        });
      },
    };
    const socket = handed[index];
    if (!socket) return listen(row, events);
    // The author of the unit may not widen what the configuration allows.
    if (own.some(({ address, port }) => address === row.address && (port === row.port || port === 0))) {
      return socket.attach(events);
    }
    events.failed('listen-failed', 'the socket that was handed over is not at the address in "listen"');
    return { close: async () => undefined };
  }

  const listeners: Listener[] = [];
  const settled = Promise.all(
    rows.map((row, index) => new Promise<void>((resolve) => listeners.push(open(row, index, resolve)))),
  );

  return {
    configuration,
    settled: settled.then(() => {}),
    sessions: () => sessions,
    dropSpare: spare.drop,
    async close(milliseconds = 0) {
      closed = true;
      spare.drop();
      await Promise.all(listeners.map((listener) => listener.close()));
      everybodyLeft = door.close(milliseconds).finally(() => turnedAway.end());
      for (const row of rows) row.status = { kind: 'stopped' };
      showListeners();
    },
    async finish({ transfers, arrivals }) {
      const begun = performance.now();
      const finishAll = () => {
        const gone = performance.now() - begun;
        const left = { transfers: transfers - gone, arrivals: arrivals - gone };
        return Promise.allSettled([...sessions].map((session) => session.finish(left)));
      };
      // Whoever is at the door may still come in.
      await Promise.allSettled([finishAll(), everybodyLeft.then(finishAll)]);
    },
  };
}

/** Passes a report on, and learns from it who connects to the relays. */
function learning(report: SessionReport, wariness: Wariness, dial: SilentDial | null): SessionReport {
  return {
    ...report,
    phase(phase) {
      if (phase === 'signed-in') dial?.giveBack();
      report.phase(phase);
    },
    verified(protection) {
      wariness.honest();
      report.verified(protection);
    },
    refused(refusal) {
      if (refusal.reason === 'client-not-mail') {
        wariness.foreign();
        dial?.take();
      } else dial?.giveBack();
      report.refused(refusal);
    },
    closed(ending, bytesUp, bytesDown) {
      // Whoever hangs up without a word has had the server dialled for nothing; the other ends are not its own.
      if (ending !== 'clean' && ending !== 'client-reset' && ending !== 'refused') dial?.giveBack();
      report.closed(ending, bytesUp, bytesDown);
    },
  };
}
