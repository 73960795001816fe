import {
  type ConcernRows,
  type Concerns,
  concernsOf,
  type Diagnosis,
  liveSessions,
  type RelayStanding,
  relayStanding,
} from '../../proxy/contract/index.ts';
import type { WindowState } from '../window-state.ts';
import type { Tone } from './mark.tsx';

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
    default:
      return standing.kind;
  }
}

/** The last result, and the rows that it came from: a table's rows are the same array until one changes. */
const lastConcerns = new WeakMap<WindowState, { rows: ConcernRows; concerns: Concerns }>();

/** The tables that `concernsIn` reads. */
export const concernTables = ['questions', 'decisions', 'servers', 'relays'] as const;

/** What there is to worry about, computed once for all who ask. */
export function concernsIn(state: WindowState): Concerns {
  const rows = {
    questions: state.rows('questions'),
    decisions: state.rows('decisions'),
    servers: state.rows('servers'),
    relays: state.rows('relays'),
  };
  const last = lastConcerns.get(state);
  if (last && concernTables.every((table) => last.rows[table] === rows[table])) return last.concerns;
  const concerns = concernsOf(rows);
  lastConcerns.set(state, { rows, concerns });
  return concerns;
}

/** Whether the server, reached and verified, did not accept the password that it was given. */
export function isPasswordRefused({ code }: Diagnosis): boolean {
  return code === 'wrong-password' || code === 'app-password-needed';
}

/** The standing of one relay by its name; null when it is gone. */
export function standingOf(state: WindowState, name: string): RelayStanding | null {
  const relay = state.row('relays', name);
  if (!relay) return null;
  const live = liveSessions(name, state.rows('sessions'));
  const needed = state.row('accounts', relay.account)?.signIn.needed;
  return relayStanding(relay, live, concernsIn(state), needed, state.row('core', 'core')?.paused ?? false);
}
