import { accountNamed } from './account-named.ts';
import {
  type CommandInput,
  type CommandOutputs,
  type Configuration,
  ownSignIn,
  type Progress,
} from './contract/index.ts';
import type { Consents } from './oauth/consents.ts';
import { ConsentFailed } from './oauth/failures.ts';
import type { OAuthAccount } from './oauth/grant.ts';
import { CommandFailed, failedWhilePaused } from './state/command-failed.ts';

type ConsentCommands = {
  [C in 'signIn' | 'cancelSignIn' | 'signOut']: (
    input: CommandInput<C>,
    progress?: (step: Progress<C>) => void,
  ) => Promise<CommandOutputs[C]>;
};

/** Commands about an account's consent. */
export function createConsentCommands(
  consents: Consents,
  configuration: () => Configuration,
  paused: () => boolean,
): ConsentCommands {
  return {
    async signIn({ account: name, device = false, clientSecret }, progress = () => undefined) {
      const account = oauthAccount(configuration(), name, toSignIn);
      if (paused()) throw failedWhilePaused();
      try {
        await consents.signIn(account, { device, clientSecret }, progress);
        return { user: account.signIn.user };
      } catch (error) {
        if (!(error instanceof ConsentFailed)) throw error;
        const { reason, message } = error;
        throw new CommandFailed(reason === 'cancelled' ? 'cancelled' : 'failed', message, { reason, cause: error });
      }
    },
    async cancelSignIn({ account }) {
      consents.cancel(account);
      return null;
    },
    async signOut({ account: name }) {
      const { signIn } = oauthAccount(configuration(), name, '');
      return { outcome: await consents.signOut(name, signIn) };
    },
  };
}

/** How Postern comes to sign in, with a blank in front. */
const toSignIn =
  ' For Postern to do it, choose so in the window (edit the account), or give the account a "signIn" in config.json: of the kind "stored" for a password that Postern keeps (docs/configuration.md#signing-in), of the kind "oauth" for a consent (docs/oauth.md).';

/** @throws CommandFailed where there is no such account, or it does not sign in by consent */
function oauthAccount(configuration: Configuration, name: string, instead: string): OAuthAccount {
  const account = accountNamed(configuration, name);
  const signIn = ownSignIn(account);
  if (signIn?.kind === 'oauth') return { ...account, signIn };
  throw new CommandFailed(
    'failed',
    signIn?.kind === 'stored'
      ? `Postern signs in for “${name}” with a password that it keeps, so there is nothing to consent to.`
      : `The mail program signs in for “${name}” by itself, so Postern keeps nothing of it.${instead}`,
  );
}
