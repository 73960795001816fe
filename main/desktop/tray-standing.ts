import {
  type AccountRow,
  type Concerns,
  inert,
  liveSessions,
  type OverallStanding,
  overallStanding,
  type RelayRow,
  relayStanding,
  waitingAccounts,
} from '../../proxy/contract/index.ts';
import type { CoreStatus } from './core-messages.ts';
import { words } from './words.ts';

/**
 * What the tray shows, as an icon and in words. All but the state of the core's process is decided by the same code as
 * in the window.
 */
export type TrayStanding = OverallStanding | 'restarting' | 'silent' | 'down';

/** The facts that make up the standing. */
export interface CoreView {
  status: CoreStatus['status'];
  paused: boolean;
  relays: readonly RelayRow[];
  concerns: Concerns;
  accounts: readonly AccountRow[];
}

/** What comes first is what a person has to act on. */
export function trayStanding({ status, paused, relays, concerns, accounts }: CoreView): TrayStanding {
  if (status === 'gone') return 'down';
  if (status === 'restarting' || status === 'silent') return status;
  return overallStanding(relays, concerns, accounts, paused);
}

/** The icon's file name, without its extension. A core that is not running looks like a refusal: no mail moves. */
export function iconOf(standing: TrayStanding): 'well' | 'question' | 'refused' | 'paused' {
  switch (standing) {
    case 'restarting':
      return 'paused';
    case 'sign-in':
      return 'question';
    case 'alarm':
    case 'silent':
    case 'down':
      return 'refused';
    default:
      return standing;
  }
}

export function standingWords(
  standing: TrayStanding,
  { concerns, accounts }: Pick<CoreView, 'concerns' | 'accounts'>,
): string {
  const [first] = concerns.alarms;
  if (standing === 'alarm' && first) return words.standing.alarm(inert(first.account, 40), inert(first.host, 60));
  if (standing === 'sign-in') {
    return words.standing.signIn(waitingAccounts(accounts).map(({ name }) => inert(name, 40)));
  }
  return standing === 'question'
    ? words.standing.question(concerns.open.length)
    : words.standing[standing === 'alarm' ? 'refused' : standing];
}

/** One relay in a few words. */
export function relayWords(relay: RelayRow, { concerns, accounts }: Pick<CoreView, 'concerns' | 'accounts'>): string {
  const needed = accounts.find(({ name }) => name === relay.account)?.signIn.needed;
  switch (relayStanding(relay, liveSessions(relay.name, []), concerns, needed, false).kind) {
    case 'not-listening':
      return failedWords(relay);
    case 'alarm':
      return words.relay.alarm;
    case 'question':
      return words.relay.question;
    case 'sign-in':
      return words.relay.signIn;
    case 'refused':
      return words.relay.refused;
    case 'doubted':
      return words.relay.doubted(openWords(relay));
    default:
      return openWords(relay);
  }
}

/** How many connections go through it, or whether it waits for one. */
function openWords(relay: RelayRow): string {
  const open = relay.sessionsOpen > 0 ? words.relay.sessions(relay.sessionsOpen) : words.relay.listening;
  return relay.listeners.some(({ status }) => status.kind === 'listening') ? open : words.relay.starting;
}

/** Which program occupies the port and which port is free, where that is known. */
function failedWords({ listeners }: RelayRow): string {
  for (const { status } of listeners) {
    if (status.kind === 'failed' && status.holder) {
      return words.relay.heldBy(inert(status.holder.program, 40), status.freePort);
    }
  }
  return words.relay.failed;
}
