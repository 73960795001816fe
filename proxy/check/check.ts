import {
  type AccountConfiguration,
  type CheckReport,
  type CheckStep,
  type CommandInput,
  type Configuration,
  ownSignIn,
  type RelayCheck,
} from '../contract/index.ts';
import { CommandFailed, failedWhilePaused } from '../state/command-failed.ts';
import { suspectClock } from './clock-suspected.ts';
import type { Credentials } from './outcome.ts';
import { checkRelay, type RelayCheckContext } from './relay-check.ts';

/** What a check looks at. */
export interface CheckedCore extends Omit<RelayCheckContext, 'settings'> {
  configuration: Configuration;
  /** The local password of an account that Postern signs in for; made if there is none. @throws CommandFailed */
  localPassword(account: string): Promise<string>;
  now(): Date;
}

/**
 * Signs in through each relay's own listener exactly as a mail program would, and says what was seen.
 *
 * @param input the account, or one relay of it (all if none is named); user name and password, without which the sign-in is skipped. An
 *   account that Postern signs in for needs none: it is tried with its local password
 * @param progress receives each step as it is done
 * @throws CommandFailed `not-found` when there is no such account; `failed` while Postern is paused
 */
export async function check(
  input: CommandInput<'check'>,
  core: CheckedCore,
  progress: (step: CheckStep) => void = () => {},
): Promise<CheckReport> {
  if (core.state.get('core', 'core')?.paused) throw failedWhilePaused();
  const { settings } = core.configuration;
  const relays: RelayCheck[] = [];
  for (const account of accountsToCheck(input, core)) {
    const credentials = await credentialsFor(account, input, core);
    for (const relay of account.relays.filter((each) => isWanted(account, each.name, input))) {
      relays.push(await checkRelay(account.name, relay, credentials, { ...core, settings }, progress));
    }
  }
  const outcome = relays.every((relay) => relay.outcome === 'ok') ? 'ok' : 'failed';
  return { outcome, relays: suspectClock(relays, core.state, core.now()) };
}

/** @throws CommandFailed `not-found` when there is none */
function accountsToCheck({ account }: CommandInput<'check'>, core: CheckedCore): AccountConfiguration[] {
  const isMeant = ({ name, relays }: AccountConfiguration) =>
    account === undefined || name === account || relays.some((relay) => relay.name === account);
  const accounts = core.configuration.accounts.filter(isMeant);
  if (accounts.length > 0) return accounts;
  throw new CommandFailed(
    'not-found',
    account === undefined ? 'There is no account to check yet.' : `There is no account named "${account}".`,
  );
}

/** A name is an account's first, then a relay's. */
function isWanted(account: AccountConfiguration, relay: string, wanted: CommandInput<'check'>): boolean {
  return wanted.account === undefined || wanted.account === account.name || wanted.account === relay;
}

/** What to sign in with; null where nothing was typed for a mail program that signs in by itself. */
async function credentialsFor(
  account: AccountConfiguration,
  input: CommandInput<'check'>,
  core: CheckedCore,
): Promise<Credentials | null> {
  const { user, password } = input;
  const typed = user === undefined || !password ? null : { user, password };
  const own = ownSignIn(account);
  if (!own) return typed;
  // Where several accounts are checked, what was typed is for those whose mail program signs in.
  if (typed && input.account !== undefined) return typed;
  // Without one, the sign-in itself says why: the vault does not open.
  return { user: own.user, password: await core.localPassword(account.name).catch(() => 'unknown') };
}
