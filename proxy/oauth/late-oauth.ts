import { NoToken } from '../gate/access-tokens.ts';
import { CommandFailed } from '../state/command-failed.ts';
import type { OAuth, OAuthContext } from './oauth.ts';

/**
 * Accounts of the kind `oauth`, loaded when the first of them is used.
 *
 * @param context null where the core's caller supplied no HTTP
 */
export function createLateOAuth(context: () => OAuthContext | null): OAuth {
  let loaded: Promise<OAuth | null> | undefined;
  function load(): Promise<OAuth | null> {
    loaded ??= import('./oauth.ts').then(({ createOAuth }) => {
      const given = context();
      return given && createOAuth(given);
    });
    return loaded;
  }
  async function consents() {
    const oauth = await load();
    if (!oauth) throw new CommandFailed('failed', 'This Postern cannot speak to a provider.');
    return oauth.consents;
  }
  async function tokens() {
    const oauth = await load();
    if (!oauth) throw new NoToken('issuer-unavailable');
    return oauth.tokens;
  }
  return {
    lookAfter: async (signal) => (await load())?.lookAfter(signal),
    tokens: {
      current: async (...asked) => (await tokens()).current(...asked),
      renewed: async (...asked) => (await tokens()).renewed(...asked),
      keepAlive: async (...asked) => (await tokens()).keepAlive(...asked),
    },
    consents: {
      signIn: async (...args) => (await consents()).signIn(...args),
      signOut: async (...args) => (await consents()).signOut(...args),
      prepareRevocation: async (...args) => (await consents()).prepareRevocation(...args),
      // Nothing is under way in what was never loaded.
      cancel: (account) => void loaded?.then((oauth) => oauth?.consents.cancel(account)),
    },
  };
}
