import { type Diagnosis, liveSessions, type RelayStanding, relayStanding } from '../../proxy/contract/index.ts';
import { concernsIn } from '../concerns.ts';
import { sessionsByRelay } from '../own-rows.ts';
import type { WindowState } from '../window-state.ts';
import type { Tone } from './mark.tsx';

/** Nobody refused anything: there is no network. */
export function isOffline(diagnosis: Diagnosis): boolean {
  return diagnosis.code === 'offline';
}

/** What a standing is called. */
export type StandingName = RelayStanding['kind'] | 'offline';

export function standingName(standing: RelayStanding): StandingName {
  return standing.kind === 'refused' && isOffline(standing.refusal.diagnosis) ? 'offline' : standing.kind;
}

/** How a standing is shown beside its word. */
export function standingTone(standing: RelayStanding): Tone {
  switch (standing.kind) {
    case 'protected':
      return standing.protection.trust.kind === 'verified' ? 'well' : 'yours';
    case 'ready':
      return 'quiet';
    case 'alarm':
    case 'not-listening':
      return 'refused';
    case 'sign-in':
    case 'doubted':
      return 'question';
    case 'refused':
      return isOffline(standing.refusal.diagnosis) ? 'quiet' : 'refused';
    default:
      return standing.kind;
  }
}

/** Whether the server, reached and verified, did not accept the password that it was given. */
export function isPasswordRefused({ code }: Diagnosis): boolean {
  return code === 'wrong-password' || code === 'app-password-needed';
}

/** The standing of one relay by its name; null when it is gone. */
export function standingOf(state: WindowState, name: string): RelayStanding | null {
  const relay = state.row('relays', name);
  if (!relay) return null;
  const live = liveSessions(name, sessionsByRelay(state).get(name) ?? []);
  const needed = state.row('accounts', relay.account)?.signIn.needed;
  return relayStanding(relay, live, concernsIn(state), needed, state.row('core', 'core')?.paused ?? false);
}
