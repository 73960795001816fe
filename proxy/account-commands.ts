import { accountNamed } from './account-named.ts';
import {
  type CommandInput,
  type CommandOutputs,
  type Configuration,
  ownSignIn,
  type SignInByPostern,
} from './contract/index.ts';
import { localPasswordForms, makeLocalPassword } from './gate/local-password.ts';
import type { SignIns } from './gate/sign-ins.ts';
import { writeStoredPassword } from './gate/stored-password.ts';
import { CommandFailed, nameTaken } from './state/command-failed.ts';
import { SecretTooLong, VaultUnavailable } from './vault/secret-store.ts';
import type { Vault } from './vault/vault.ts';
import type { Withdrawals } from './withdrawals.ts';

type AccountCommand = 'storePassword' | 'localPassword' | 'renameAccount' | 'removeAccount' | 'signOut';
type AccountCommands = { [C in AccountCommand]: (input: CommandInput<C>) => Promise<CommandOutputs[C]> };

export interface AccountCommandsContext {
  vault: Vault;
  signIns: SignIns;
  configuration(): Configuration;
  /** Saves a configuration derived from the one in force and applies it; changes run one after another. */
  change(make: (configuration: Configuration) => Configuration): Promise<void>;
  /** What became of the consent of an account that was removed. */
  withdrawn: Withdrawals['outcome'];
  /** Withdraws a consent. */
  signOutByConsent(input: CommandInput<'signOut'>): Promise<CommandOutputs['signOut']>;
}

/** Commands about an account, its local password and the password stored for it. */
export function createAccountCommands(context: AccountCommandsContext): AccountCommands {
  const { vault, signIns, configuration, change } = context;

  /** @throws CommandFailed with the vault's own words */
  async function ofVault<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof VaultUnavailable || error instanceof SecretTooLong)
        throw new CommandFailed('failed', error.message, { cause: error });
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new CommandFailed('failed', `The vault could not be saved (${code}).`, { cause: error });
    }
  }

  return {
    async storePassword({ account: name, password }) {
      const account = accountNamed(configuration(), name);
      if (ownSignIn(account)?.kind !== 'stored') {
        throw new CommandFailed(
          'failed',
          `Postern keeps no password for “${name}”: that takes a "signIn" of the kind "stored" in config.json (docs/configuration.md#signing-in), or the choice that Postern signs in, where the window edits the account.`,
        );
      }
      await ofVault(() => vault.write(name, 'upstream-password', writeStoredPassword(password, account)));
      signIns.given(name);
      return null;
    },
    async localPassword({ account: name, replace = false, form }) {
      signedIn(configuration(), name);
      const known = await ofVault(() => vault.read(name, 'local-password'));
      if (known !== null && !replace) {
        if (form === undefined || known.length === localPasswordForms[form]) return { password: known };
        const message = `The local password of “${name}” has another length. Replace it, and change it in every mail program that has the present one.`;
        throw new CommandFailed('bad-input', message);
      }
      const password = makeLocalPassword(form ?? 'usual');
      await ofVault(() => vault.write(name, 'local-password', password));
      return { password };
    },
    async renameAccount({ account: name, to }) {
      const { accounts } = configuration();
      accountNamed(configuration(), name);
      if (accounts.some((account) => account.name === to)) throw nameTaken(to);
      // What may fail comes first: a record can be opened only under its own account's name.
      await ofVault(() => vault.rename(name, to));
      try {
        await change((now) => ({
          ...now,
          accounts: now.accounts.map((account) => (account.name === name ? { ...account, name: to } : account)),
        }));
      } catch (error) {
        await vault.rename(to, name).catch(() => undefined);
        throw error;
      }
      return null;
    },
    async removeAccount({ account: name }) {
      accountNamed(configuration(), name);
      await change((now) => ({ ...now, accounts: now.accounts.filter((account) => account.name !== name) }));
      await ofVault(() => vault.remove(name));
      return { consent: await context.withdrawn(name) };
    },
    async signOut(input) {
      const account = accountNamed(configuration(), input.account);
      if (ownSignIn(account)?.kind !== 'stored') return context.signOutByConsent(input);
      await ofVault(() => vault.remove(input.account, 'upstream-password'));
      signIns.need(input.account, 'password-missing');
      return { outcome: 'forgotten' };
    },
  };
}

/** @throws CommandFailed where the mail program signs in itself */
function signedIn(configuration: Configuration, name: string): SignInByPostern {
  const own = ownSignIn(accountNamed(configuration, name));
  if (own) return own;
  const message = `The mail program signs in for “${name}” by itself, with its own password, so there is no local one.`;
  throw new CommandFailed('failed', message);
}
