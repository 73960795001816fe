import { whichNames } from './config/which-names.ts';
import type { AccountConfiguration, Configuration } from './contract/index.ts';
import { CommandFailed } from './state/command-failed.ts';

/**
 * The account that a command is about.
 *
 * @throws CommandFailed `not-found`
 */
export function accountNamed({ accounts }: Configuration, name: string): AccountConfiguration {
  const account = accounts.find((each) => each.name === name);
  if (account) return account;
  const names = accounts.map((each) => each.name);
  throw new CommandFailed('not-found', `There is no account named “${name}”.${whichNames(name, names, names)}`);
}
