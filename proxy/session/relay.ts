/**
 * One relay: its listeners hand clients to the doorkeeper; an admitted client gets a session; the relay's row of the
 * state reflects both.
 */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { CareMemory } from '../care/memory.ts';
import { localTlsOf, type RelayConfiguration, type UpstreamProtection } from '../contract/index.ts';
import { boundsOf } from '../dialects/bounds.ts';
import { dialects } from '../dialects/index.ts';
import type { AccountGate } from '../gate/account-gate.ts';
import { addressList } from '../net/addresses.ts';
import { listDevices } from '../net/devices.ts';
import type { HandedSockets } from '../net/handed-sockets.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { type AcceptTls, acceptTls, takesOldTls, tlsVersionOf } from '../net/local-tls.ts';
import type { ProxySource } from '../protocols/proxy-header.ts';
import type { StateStore } from '../state/store.ts';
import type { TlsContext } from '../trust/tls/secure-upstream.ts';
import { keepDeviceLog } from './device-log.ts';
import { keepDoor } from './doorkeeper.ts';
import type { Grace } from './grace.ts';
import { learning } from './learning.ts';
import type { PauseGate } from './pause-gate.ts';
import type { Places } from './places.ts';
import { reachUpstream } from './reach-upstream.ts';
import { prepareListeners } from './relay-listeners.ts';
import { rowOf } from './relay-row.ts';
import { type EmitEvent, openReport, type SessionReport } from './report.ts';
import type { Admitted } from './screen-caller.ts';
import { type Session, type SessionContext, startSession } from './session.ts';
import type { SilentDials } from './silent-dials.ts';
import { keepSpare } from './spare.ts';
import { tellTurnedAway } from './turned-away.ts';
import { targetOf } from './upstream-target.ts';
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
  /** The TLS context for devices. @param old TLS 1.0 and 1.1, too */
  localTlsContext(old: boolean): SecureContext;
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
  /** When the server's encryption has vanished, if it has. */
  vanishedAt: CareMemory['vanishedAt'];
  /** The gate of an account that Postern signs in for; null for all others. */
  gate(account: string): AccountGate | null;
  /** Is called for an unexpected internal error in a session. */
  fault(error: unknown): void;
}

/** One relay: its listeners and its sessions. */
export interface Relay {
  readonly configuration: RelayConfiguration;
  /** Resolves when every listener has either opened or failed for the first time. */
  readonly settled: Promise<void>;
  sessions(): Iterable<Session>;
  /**
   * Stops listening. Sessions go on; clients that have not passed screening have `milliseconds` to do so, none by
   * default.
   */
  close(milliseconds?: number): Promise<void>;
  /**
   * Reaches the server as a session does, without a program, and leaves it again.
   *
   * @returns what protects the connection. @throws Refused; `EndedFromOutside` while paused; or the signal's reason
   */
  reach(signal: AbortSignal): Promise<UpstreamProtection>;
  /** Ends the connection waiting for the next session, if there is one. */
  dropSpare(): void;
  /** Ends the sessions, including those that still begin, each when it makes no progress or its time is up. */
  finish(grace: Grace): Promise<void>;
}

/** Listens for one relay of an account, and starts a session for each connection. */
export function startRelay(account: string, configuration: RelayConfiguration, context: RelayContext): Relay {
  const { name, protocol, lan } = configuration;
  const { state, emit, now, places, ownUserOnly, wariness, silentDials, fault } = context;
  const dialect = dialects[protocol];
  const gate = context.gate(account);
  const own = gate ? { gate, admit: configuration.admit ?? 'password', port: configuration.port } : undefined;
  const target = targetOf(account, configuration, own !== undefined, context);
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
    changed: (counts) => state.patch('relays', name, { spare: counts }),
  });

  const listeners = prepareListeners(configuration, { state, emit, handed: context.handed });
  state.set('relays', name, {
    ...rowOf(account, configuration, state.get('relays', name)),
    listeners: listeners.rows(),
    lastVerified: context.lastVerified(target),
    encryptionVanishedAt: context.vanishedAt(target),
  });

  const localTls = localTlsOf(configuration);
  const oldTls = lan?.oldTls ?? false;
  const secure: AcceptTls = (raw, signal) => acceptTls(raw, context.localTlsContext(oldTls), signal);
  if (oldTls) {
    // The library may have been built without.
    void takesOldTls(context.localTlsContext(true)).then((takes) => {
      state.patch('relays', name, { oldTls: takes ? 'taken' : 'unavailable' });
    });
  }

  const log = lan && keepDeviceLog(name, lan, state, now);
  const told = tellTurnedAway(identity, state, emit, now);
  const turnedAway = log?.watching(told) ?? told;
  const bounds = boundsOf(configuration);
  const deviceAt = (address: string | undefined) => (lan ? (address ?? null) : null);
  const door = keepDoor(
    {
      ...{ dialect, ownUserOnly, wariness, silentDials, turnedAway, fault },
      admit: (address) => places.take(deviceAt(address)),
      paused: () => context.pause.shut,
      spareWaits: () => state.get('relays', name)?.spare?.waiting ?? false,
      devices: lan ? listDevices(lan.allow) : null,
      acceptTls: localTls === 'implicit' ? secure : undefined,
      balancers: configuration.proxyProtocol ? addressList(configuration.proxyProtocol) : null,
    },
    (client, lines, admitted) => {
      const device = admitted.source?.address ?? client.remoteAddress;
      const leave = () => places.giveBack(deviceAt(device));
      try {
        const session = begin(client, lines, admitted, device);
        sessions.add(session);
        session.over.catch(fault).finally(() => {
          sessions.delete(session);
          leave();
        });
      } catch (error) {
        leave();
        throw error;
      }
    },
  );

  function begin(client: Socket, lines: LineChannel, admitted: Admitted, device: string | undefined): Session {
    const mayUse: SessionContext = {
      ...context.session(),
      own,
      bounds: bounds && log?.counting(device, bounds),
      acceptTls: target.localTls && secure,
      referrals: configuration.referrals,
    };
    const report = reportOf(device, admitted.source);
    try {
      if (lan) report.localTls(tlsVersionOf(client));
      return startSession(client, lines, target, mayUse, learning(report, wariness, admitted), spare);
    } catch (error) {
      report.closed('fault', 0, 0);
      throw error;
    }
  }

  function reportOf(device: string | undefined, source: ProxySource | null): SessionReport {
    const report = openReport(context.nextSessionId(), identity, state, emit, now, source?.address);
    return log?.reporting(device, report) ?? report;
  }

  return {
    configuration,
    settled: listeners.open(door.receive),
    sessions: () => sessions,
    async reach(signal) {
      const mayUse = { ...context.session(), pause: context.pause, trace: () => undefined };
      const noSpare = { take: () => null, prepare: () => undefined, drop: () => undefined };
      const { verified } = await reachUpstream(target, mayUse, noSpare, { enter: () => undefined }, signal);
      verified.socket.destroy();
      return verified.protection;
    },
    dropSpare: spare.drop,
    async close(milliseconds = 0) {
      closed = true;
      spare.drop();
      await listeners.close();
      everybodyLeft = door.close(milliseconds).finally(() => turnedAway.end());
      listeners.stopped();
    },
    async finish({ transfers, arrivals }) {
      const begun = performance.now();
      const finishAll = () => {
        const gone = performance.now() - begun;
        const left = { transfers: transfers - gone, arrivals: arrivals - gone };
        return Promise.allSettled([...sessions].map((session) => session.finish(left)));
      };
      // Clients being screened may still be admitted.
      await Promise.allSettled([finishAll(), everybodyLeft.then(finishAll)]);
    },
  };
}
