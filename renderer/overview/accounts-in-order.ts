import {
  type Concerns,
  liveSessions,
  type RelayRow,
  type RelayStanding,
  relayStanding,
  type SessionRow,
  type SignInNeeded,
} from '../../proxy/contract/index.ts';
import { concernsIn } from '../concerns.ts';
import { isSameList, relaysByAccount, sessionsByRelay } from '../own-rows.ts';
import type { Tone } from '../parts/mark.tsx';
import { type StandingName, standingName, standingTone } from '../parts/relay-view.ts';
import type { WindowState } from '../window-state.ts';

/** How urgent something is: the less urgent, the further down the list. */
type Urgency = 'alarm' | 'question' | 'sign-in' | 'trouble' | 'doubted' | 'soon' | 'none';

export interface RelayInOrder {
  name: string;
  kind: StandingName;
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

/** The data that an account's place in the list depends on. */
interface Grounds {
  relays: readonly RelayRow[];
  /** Of each relay. */
  sessions: readonly (readonly SessionRow[])[];
  needed: SignInNeeded | undefined;
  concerns: Concerns;
  paused: boolean;
}

function isSameGrounds(a: Grounds, b: Grounds): boolean {
  const rest = a.relays === b.relays && a.needed === b.needed && a.concerns === b.concerns && a.paused === b.paused;
  return rest && isSameList(a.sessions, b.sessions);
}

function accountOf(name: string, { relays: rows, sessions, needed, concerns, paused }: Grounds): AccountInOrder {
  const relays = rows.map((relay, index): RelayInOrder => {
    const live = liveSessions(relay.name, sessions[index] ?? []);
    const standing = relayStanding(relay, live, concerns, needed, paused);
    const { kind } = standing;
    const tone = standingTone(standing);
    return { name: relay.name, kind: standingName(standing), tone, urgency: urgencyOf(kind, relay) };
  });
  relays.sort(byUrgency);
  const successes = rows.flatMap(({ lastVerified }) => lastVerified?.verifiedAt ?? []).sort();
  return {
    name,
    urgency: relays[0]?.urgency ?? 'none',
    relays,
    open: sessions.flat().length,
    lastSuccess: successes.at(-1) ?? null,
    searched: [name, ...rows.flatMap((row) => [row.name, row.server])].join(' ').toLowerCase(),
  };
}

const noSessions: readonly SessionRow[] = [];

interface Last {
  /** The data that the list depends on. */
  from: readonly unknown[];
  known: ReadonlyMap<string, { grounds: Grounds; account: AccountInOrder }>;
  inOrder: readonly AccountInOrder[];
}

const lastOnes = new WeakMap<WindowState, Last>();

/**
 * The accounts with their relays, those that need attention first, otherwise in the core's order. An account is the same
 * object until something that is shown of it changes, and so is the list.
 */
export function accountsInOrder(state: WindowState): readonly AccountInOrder[] {
  const last = lastOnes.get(state);
  const paused = state.row('core', 'core')?.paused ?? false;
  const concerns = concernsIn(state);
  const relaysOf = relaysByAccount(state);
  const sessionsOf = sessionsByRelay(state);
  const from = [relaysOf, sessionsOf, state.rows('accounts'), concerns, paused];
  if (last && isSameList(last.from, from)) return last.inOrder;
  const known = new Map<string, { grounds: Grounds; account: AccountInOrder }>();
  for (const [name, relays] of relaysOf) {
    const sessions = relays.map((relay) => sessionsOf.get(relay.name) ?? noSessions);
    const needed = state.row('accounts', name)?.signIn.needed;
    const grounds: Grounds = { relays, sessions, needed, concerns, paused };
    const before = last?.known.get(name);
    if (before && isSameGrounds(before.grounds, grounds)) {
      known.set(name, before);
      continue;
    }
    const now = accountOf(name, grounds);
    const isSame = before && JSON.stringify(before.account) === JSON.stringify(now);
    known.set(name, { grounds, account: isSame ? before.account : now });
  }
  const accounts = [...known.values()].map(({ account }) => account);
  const ofUrgency = Map.groupBy(accounts, ({ urgency }) => urgency);
  const now = order.flatMap((urgency) => ofUrgency.get(urgency) ?? []);
  const inOrder = last && isSameList(last.inOrder, now) ? last.inOrder : now;
  lastOnes.set(state, { from, known, inOrder });
  return inOrder;
}
