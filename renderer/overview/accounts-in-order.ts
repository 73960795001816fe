import {
  liveSessions,
  type RelayRow,
  type RelayStanding,
  relayStanding,
  type SessionRow,
} from '../../proxy/contract/index.ts';
import { concernsIn } from '../concerns.ts';
import type { Tone } from '../parts/mark.tsx';
import { standingTone } from '../parts/relay-view.ts';
import type { WindowState } from '../window-state.ts';

/** How urgent something is: the less urgent, the further down the list. */
type Urgency = 'alarm' | 'question' | 'sign-in' | 'trouble' | 'doubted' | 'soon' | 'none';

export interface RelayInOrder {
  name: string;
  kind: RelayStanding['kind'];
  tone: Tone;
  urgency: Urgency;
}

export interface AccountInOrder {
  name: string;
  urgency: Urgency;
  /** The most urgent first. */
  relays: RelayInOrder[];
  open: number;
  /** ISO 8601: when a connection of it was last verified; null when none was yet. */
  lastSuccess: string | null;
  /** The text that is searched, in lower case. */
  searched: string;
}

const order: readonly Urgency[] = ['alarm', 'question', 'sign-in', 'trouble', 'doubted', 'soon', 'none'];
const byUrgency = (a: { urgency: Urgency }, b: { urgency: Urgency }) =>
  order.indexOf(a.urgency) - order.indexOf(b.urgency);

/**
 * Whether something does not work, or is waiting for the person. Neither a certificate that expires soon nor an alarm
 * about another path is a problem of this one yet.
 */
export function isTroubled({ urgency }: { urgency: Urgency }): boolean {
  return urgency !== 'none' && urgency !== 'soon' && urgency !== 'doubted';
}

function urgencyOf(kind: RelayStanding['kind'], { expiring }: RelayRow): Urgency {
  switch (kind) {
    case 'alarm':
    case 'question':
    case 'sign-in':
    case 'doubted':
      return kind;
    case 'refused':
    case 'not-listening':
      return 'trouble';
    default:
      return expiring ? 'soon' : 'none';
  }
}

/** The accounts with their relays, those that need attention first, otherwise in the core's order. */
export function accountsInOrder(state: WindowState): AccountInOrder[] {
  const paused = state.row('core', 'core')?.paused ?? false;
  const concerns = concernsIn(state);
  const sessions = Map.groupBy(state.rows('sessions'), ({ relay }) => relay);
  const standingOf = (relay: RelayRow, own: readonly SessionRow[]): RelayInOrder => {
    const needed = state.row('accounts', relay.account)?.signIn.needed;
    const standing = relayStanding(relay, liveSessions(relay.name, own), concerns, needed, paused);
    const { kind } = standing;
    return { name: relay.name, kind, tone: standingTone(standing), urgency: urgencyOf(kind, relay) };
  };
  const accounts = [...Map.groupBy(state.rows('relays'), ({ account }) => account)].map(([name, rows]) => {
    const own = rows.map((row) => sessions.get(row.name) ?? []);
    const relays = rows.map((row, index) => standingOf(row, own[index] ?? [])).sort(byUrgency);
    const successes = rows.flatMap(({ lastVerified }) => lastVerified?.verifiedAt ?? []).sort();
    return {
      name,
      urgency: relays[0]?.urgency ?? 'none',
      relays,
      open: own.flat().length,
      lastSuccess: successes.at(-1) ?? null,
      searched: [name, ...rows.flatMap((row) => [row.name, row.server])].join(' ').toLowerCase(),
    };
  });
  return accounts.sort(byUrgency);
}
