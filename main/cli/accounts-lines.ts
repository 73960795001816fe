import type { AccountRow, RelayRow, SignInNeed, Snapshot, VaultKeyPlace } from '../../proxy/contract/index.ts';
import { inert, signInNeedWords } from '../../proxy/contract/index.ts';
import { type Kind, kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { noAccountYet } from './no-account.ts';
import { operands } from './shell-word.ts';

/**
 * The accounts for a person: relays, how each signs in, and what is needed.
 *
 * @param options what suggested commands need: `commandOptions`
 */
export function accountsLines({ tables }: Snapshot, options: string): string[] {
  const accounts = Object.values(tables.accounts);
  const { vault, warnings = [] } = tables.core.core ?? {};
  const warned = warnings.map((warning) => `Warning: ${warning}`);
  if (accounts.length === 0) return [noAccountYet(options), ...warned];
  return [
    ...accounts.flatMap((account) => accountLines(account, Object.values(tables.relays), options)),
    ...(vault ? ['', ...vaultLines(vault)] : []),
    ...(warned.length > 0 ? ['', ...warned] : []),
  ];
}

/** Where the vault's key is kept, and what is wrong with it, if anything. */
export function vaultLines({ key, problem }: { key: VaultKeyPlace; problem?: string }): string[] {
  const stands = `The vault’s key is ${keyPlaces[key]}.`;
  return [problem === undefined ? stands : `${stands} It cannot be opened: ${problem}`];
}

const keyPlaces: Record<VaultKeyPlace, string> = {
  keychain: 'in the keychain of this system',
  'systemd-credential': 'in a systemd credential (postern-vault-key)',
  file: 'in vault.key, beside the vault: anyone who can read both files can open it',
};

/** What an account waits for, and how to give it; empty when it waits for nothing. */
export function neededText({ name, signIn: { needed } }: AccountRow, options: string): string {
  if (!needed) return '';
  return `${signInNeedWords[needed.reason]}. ${cures[needed.reason](operands([name], options))}`;
}

function accountLines(account: AccountRow, relays: readonly RelayRow[], options: string): string[] {
  const { name, signIn } = account;
  const own = relays.filter((relay) => relay.account === name);
  const { needed, warnings = [] } = signIn;
  return [
    inert(name),
    ...own.map(({ name: relay, protocol, server, port }) => `  ${inert(relay)}: ${protocol} to ${server} port ${port}`),
    `  ${ways[signIn.kind](inert(signIn.user ?? ''), kindOfAll(own))}`,
    ...(needed ? [`  NEEDED: ${neededText(account, options)}`] : []),
    ...warnings.map((warning) => `  ${warning}`),
  ];
}

const ways: Record<AccountRow['signIn']['kind'], (user: string, kind: Kind) => string> = {
  'pass-through': (_user, { client }) => `The ${client} signs in, with its own user name and password.`,
  stored: (user) => `Postern signs in as ${user}, with a password that it keeps.`,
  oauth: (user) => `Postern signs in as ${user}, with your consent at the provider.`,
};

/** What the person can do. @param which the account's name, and what the command needs besides */
const cures: Record<SignInNeed, (which: string) => string> = {
  'password-missing': (which) => `Store it: postern accounts sign-in${which}`,
  'password-refused': (which) => `Store the right one: postern accounts sign-in${which}`,
  'consent-missing': (which) => `Run: postern accounts sign-in${which}`,
  'consent-gone': (which) => `Run: postern accounts sign-in${which}`,
  'servers-changed': (which) => `If that is right, sign in once more: postern accounts sign-in${which}`,
  'vault-unavailable': () => 'Unlock the keychain of this system.',
};
