import { type Alarm, alarmBeside, alarmOf, type Concerns } from './concerns.ts';
import { type Diagnosis, diagnose } from './diagnosis.ts';
import type { AccountRow, SignInNeed, SignInNeeded } from './sign-in.ts';
import { standingRefusal } from './standing-refusal.ts';
import type { ListenerStatus, RefusalRow, RelayRow, SessionRow, UpstreamProtection } from './state.ts';

/*
 * Overall status, derived from the state: whether all is well, and what comes first when it is not. The tray, the
 * window and `postern status` each put into words what is decided here.
 */

/** How a relay is doing, with what a person would want to know about it first. */
export type RelayStanding =
  | { kind: 'not-listening'; failure: Extract<ListenerStatus, { kind: 'failed' }> }
  /** The server proved itself before and no longer does. `diagnosis` where there is no question that says more. */
  | { kind: 'alarm'; alarm: Alarm; diagnosis: Diagnosis | null }
  | { kind: 'question'; id: string }
  /** Postern signs in for the account, and cannot until the person gives something. */
  | { kind: 'sign-in'; reason: SignInNeed }
  | { kind: 'refused'; refusal: RefusalRow }
  | { kind: 'paused' }
  /**
   * Another path to the same host is under alarm. This one has shown nothing wrong, and every connection is verified as
   * ever. `protection` is that of a session, or was of the last one.
   */
  | { kind: 'doubted'; alarm: Alarm; live: boolean; protection: UpstreamProtection | null }
  /** A session is protected right now. */
  | { kind: 'protected'; protection: UpstreamProtection }
  /** Listening, with nobody connected. `protection` is what the last session had. */
  | { kind: 'ready'; protection: UpstreamProtection | null };

/** A summary of the live sessions of a relay. */
export interface LiveSessions {
  count: number;
  bytesUp: number;
  bytesDown: number;
  /** Of the session verified last; null without one. */
  protection: UpstreamProtection | null;
}

const none: LiveSessions = { count: 0, bytesUp: 0, bytesDown: 0, protection: null };

/** @param sessions any sessions; those of other relays do not count */
export function liveSessions(relay: string, sessions: readonly SessionRow[]): LiveSessions {
  let live = none;
  for (const session of sessions) {
    if (session.relay !== relay) continue;
    const newer = later(session.protection, live.protection);
    live = {
      count: live.count + 1,
      bytesUp: live.bytesUp + session.bytesUp,
      bytesDown: live.bytesDown + session.bytesDown,
      protection: newer,
    };
  }
  return live;
}

function later(a: UpstreamProtection | null, b: UpstreamProtection | null): UpstreamProtection | null {
  if (!a || !b) return a ?? b;
  return Date.parse(a.verifiedAt) >= Date.parse(b.verifiedAt) ? a : b;
}

/**
 * What comes first is what a person has to act on.
 *
 * @param concerns of the whole state: `concernsOf`
 * @param needed what the relay's account waits for
 */
export function relayStanding(
  relay: RelayRow,
  live: LiveSessions,
  concerns: Concerns,
  needed: SignInNeeded | undefined,
  paused: boolean,
): RelayStanding {
  // A relay that listens on one of two addresses still serves; one that serves nowhere does not.
  const failed = relay.listeners.find((listener) => listener.status.kind === 'failed');
  const serving = relay.listeners.some((listener) => listener.status.kind === 'listening');
  if (failed?.status.kind === 'failed' && !serving) return { kind: 'not-listening', failure: failed.status };
  const alarm = alarmOf(relay, concerns);
  if (alarm) return { kind: 'alarm', alarm, diagnosis: alarm.what === 'encryption' ? vanished(relay) : null };
  const question = concerns.open.find((each) => each.account === relay.account && each.relays.includes(relay.name));
  if (question) return { kind: 'question', id: question.id };
  if (needed) return { kind: 'sign-in', reason: needed.reason };
  const refusal = standingRefusal(relay);
  if (refusal) return { kind: 'refused', refusal };
  if (paused) return { kind: 'paused' };
  const beside = alarmBeside(relay, concerns);
  if (beside) {
    const { protection } = live;
    return {
      kind: 'doubted',
      alarm: beside,
      live: protection !== null,
      protection: protection ?? relay.lastVerified,
    };
  }
  if (live.protection) return { kind: 'protected', protection: live.protection };
  return { kind: 'ready', protection: relay.lastVerified };
}

/** Later failures of another kind do not replace the alarm. */
function vanished({ server, port, protocol, lastRefusal }: RelayRow): Diagnosis {
  if (lastRefusal?.diagnosis.code === 'encryption-vanished') return lastRefusal.diagnosis;
  return diagnose({ code: 'encryption-vanished' }, { server, port, protocol });
}

/**
 * Whether nothing can be sent to the relay's server at present, whatever went well before. A refusal after the server
 * was verified does not count: the next connection is protected in the same way.
 */
export function isStopped(standing: RelayStanding): boolean {
  const { kind } = standing;
  if (kind === 'refused') return standing.refusal.protection === undefined;
  return kind === 'alarm' || kind === 'question' || kind === 'sign-in';
}

/** Accounts that Postern cannot sign in for until the person gives something. */
export function waitingAccounts(accounts: readonly AccountRow[]): AccountRow[] {
  return accounts.filter(({ signIn }) => signIn.needed !== undefined);
}

/** The standing of several relays taken together: the one to act on first. */
export type OverallStanding = 'alarm' | 'question' | 'sign-in' | 'refused' | 'paused' | 'well';

export function overallStanding(
  relays: readonly RelayRow[],
  concerns: Concerns,
  accounts: readonly AccountRow[],
  paused: boolean,
): OverallStanding {
  if (concerns.alarms.length > 0) return 'alarm';
  if (concerns.open.length > 0) return 'question';
  if (waitingAccounts(accounts).length > 0) return 'sign-in';
  for (const relay of relays) {
    const { kind } = relayStanding(relay, none, concerns, undefined, paused);
    if (kind === 'refused' || kind === 'not-listening') return 'refused';
  }
  return paused ? 'paused' : 'well';
}
