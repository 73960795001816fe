import {
  counted,
  type Protocol,
  type SessionEnding,
  type SessionPhase,
  type UntimedEvent,
  type UpstreamProtection,
} from '../contract/index.ts';
import type { Refused } from '../net/refused.ts';
import type { StateStore } from '../state/store.ts';

/** Receives every event of the contract. */
export type EmitEvent = (event: UntimedEvent) => void;

/** Receives the progress of a session. Each call goes to the state and to the event stream. */
export interface SessionReport {
  readonly id: string;
  phase(phase: SessionPhase): void;
  verified(protection: UpstreamProtection): void;
  /** The mail program's connection uses TLS. @param version such as `TLSv1.2`; null for plaintext */
  localTls(version: string | null): void;
  refused(refused: Refused): void;
  /** Updates the byte counts. */
  progress(bytesUp: number, bytesDown: number): void;
  closed(ending: SessionEnding, bytesUp: number, bytesDown: number): void;
}

/** What a report is about. */
export interface ReportedRelay {
  name: string;
  account: string;
  protocol: Protocol;
}

/**
 * Opens the report of one session: its row in the state, and the event that it began.
 *
 * @param id unique while the core runs
 * @param from the client's address, as the balancer reports it
 */
export function openReport(
  id: string,
  relay: ReportedRelay,
  state: StateStore,
  emit: EmitEvent,
  now: () => Date,
  from?: string,
): SessionReport {
  const { name, account, protocol } = relay;
  state.set('sessions', id, {
    id,
    relay: name,
    account,
    openedAt: now().toISOString(),
    phase: 'connecting',
    protection: null,
    bytesUp: 0,
    bytesDown: 0,
  });
  const counts = state.get('relays', name);
  if (counts) {
    state.patch('relays', name, { sessionsOpen: counts.sessionsOpen + 1, sessionsTotal: counts.sessionsTotal + 1 });
  }
  let verified: UpstreamProtection | null = null;
  emit({ event: 'session-opened', relay: name, session: id, ...(from === undefined ? {} : { from }) });

  return {
    id,
    phase(phase) {
      if (state.get('sessions', id)?.phase === phase) return;
      state.patch('sessions', id, { phase });
      if (phase === 'signed-in') state.patch('relays', name, { lastSuccess: now().toISOString() });
    },
    verified(protection) {
      verified = protection;
      state.patch('sessions', id, { protection });
      state.patch('relays', name, { lastVerified: protection });
      emit({
        event: 'session-verified',
        relay: name,
        session: id,
        protocol,
        tlsVersion: protection.tlsVersion,
        cipher: protection.cipher,
        fingerprint: protection.certificate.fingerprint,
        trust: protection.trust.kind,
      });
    },
    localTls(version) {
      state.patch('sessions', id, { localTls: version });
    },
    refused(refused) {
      countRefusal(relay, refused, state, now, verified);
      announceRefusal(relay, refused, emit, { session: id });
    },
    progress(bytesUp, bytesDown) {
      const row = state.get('sessions', id);
      if (row && (row.bytesUp !== bytesUp || row.bytesDown !== bytesDown)) {
        state.patch('sessions', id, { bytesUp, bytesDown });
      }
    },
    closed(ending, bytesUp, bytesDown) {
      state.remove('sessions', id);
      const row = state.get('relays', name);
      if (row) {
        state.patch('relays', name, {
          sessionsOpen: Math.max(0, row.sessionsOpen - 1),
          // Without a verified server nothing was carried: what the mail program was told came from us.
          bytesUp: row.bytesUp + (verified ? bytesUp : 0),
          bytesDown: row.bytesDown + (verified ? bytesDown : 0),
        });
      }
      emit({
        event: 'session-closed',
        relay: name,
        session: id,
        bytesUp,
        bytesDown,
        ending,
        truncated: ending === 'truncated',
      });
    },
  };
}

/**
 * Records a refusal in the state.
 *
 * @param protection of the session, if its server had been verified
 */
export function countRefusal(
  relay: ReportedRelay,
  { reason, message, diagnosis, problems }: Refused,
  state: StateStore,
  now: () => Date,
  protection: UpstreamProtection | null = null,
): void {
  const row = state.get('relays', relay.name);
  if (!row) return;
  state.patch('relays', relay.name, {
    refusalsTotal: row.refusalsTotal + 1,
    lastRefusal: {
      ...{ reason, message, at: now().toISOString(), diagnosis },
      ...problemsOf(problems),
      ...(protection ? { protection } : {}),
    },
  });
}

/**
 * Puts a refusal on the event stream.
 *
 * @param about.session which one; none if there was no session yet
 * @param about.times how many of one kind the event stands for
 */
export function announceRefusal(
  relay: ReportedRelay,
  { reason, message, finding, diagnosis, problems }: Refused,
  emit: EmitEvent,
  about: { session?: string; times?: number } = {},
): void {
  const said =
    about.times === undefined ? message : `${message} (${counted(about.times, { other: 'more like this one' })}.)`;
  const { code } = finding;
  const { facts } = diagnosis;
  emit({ event: 'refused', relay: relay.name, ...about, reason, message: said, code, facts, ...problemsOf(problems) });
}

function problemsOf(problems: Refused['problems']) {
  return problems.length === 0 ? {} : { problems };
}
