import table from '../assets/oauth-providers.json' with { type: 'json' };
import { type OAuthProvider, oauthProvidersSchema } from '../proxy/contract/index.ts';

let read: OAuthProvider[] | null = null;

/** Every provider whose accounts may be signed in with tokens, in the order of the file. */
export function oauthProviders(): readonly OAuthProvider[] {
  read ??= oauthProvidersSchema.parse(table).providers;
  return read;
}
