import { whichNames } from '../config/which-names.ts';
import {
  type AccountConfiguration,
  type CheckReport,
  type CheckStep,
  type CommandInput,
  type Configuration,
  ownSignIn,
  type RelayCheck,
  relaysNamed,
} from '../contract/index.ts';
import { CommandFailed, failedWhilePaused } from '../state/command-failed.ts';
import { suspectClock } from './clock-suspected.ts';
import type { Credentials } from './outcome.ts';
import { checkRelay, type RelayCheckContext } from './relay-check.ts';

/** What a check uses of the core. */
export interface CheckedCore extends Omit<RelayCheckContext, 'settings'> {
  configuration: Configuration;
  /** The local password of an account that Postern signs in for; made if there is none. @throws CommandFailed */
  localPassword(account: string): Promise<string>;
  now(): Date;
}

/**
 * Signs in through each relay's own listener exactly as a mail program would, and says what was seen.
 *
 * @param input the account, or one relay of it (all if none is named); user name and password, without which the sign-in is
 *   skipped. An account that Postern signs in for needs none: it is tried with its local password
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
  for (const { account, relays: wanted } of relaysToCheck(input, core)) {
    const credentials = await credentialsFor(account, input, core);
    for (const relay of wanted) {
      relays.push(await checkRelay(account.name, relay, credentials, { ...core, settings }, progress));
    }
  }
  const outcome = relays.every((relay) => relay.outcome === 'ok') ? 'ok' : 'failed';
  return { outcome, relays: suspectClock(relays, core.state, core.now()) };
}

/** @throws CommandFailed `not-found` when neither an account nor a relay has the name */
function relaysToCheck({ account: wanted }: CommandInput<'check'>, core: CheckedCore) {
  const meant = relaysNamed(core.configuration, wanted);
  if (meant.length > 0) return meant;
  if (wanted === undefined) throw new CommandFailed('not-found', 'There is no account to check yet.');
  const { accounts } = core.configuration;
  const names = accounts.map(({ name }) => name);
  const relays = accounts.flatMap((account) => account.relays.map(({ name }) => name));
  const which = whichNames(wanted, [...names, ...relays], names);
  throw new CommandFailed('not-found', `There is no account or relay named “${wanted}”.${which}`);
}

/** The credentials; null if none were typed for an account whose mail program signs in. */
async function credentialsFor(
  account: AccountConfiguration,
  input: CommandInput<'check'>,
  core: CheckedCore,
): Promise<Credentials | null> {
  const { user, password } = input;
  const typed = user === undefined || !password ? null : { user, password };
  const own = ownSignIn(account);
  if (!own) return typed;
  // If several accounts are checked, typed credentials are for those whose mail program signs in.
  if (typed && input.account !== undefined) return typed;
  // Without one, the sign-in itself says why: the vault does not open.
  return { user: own.user, password: await core.localPassword(account.name).catch(() => 'unknown') };
}
