import table from '../../assets/oauth-providers.json' with { type: 'json' };
import { type OAuthProvider, type Protocol, protocolFacts } from '../contract/index.ts';

const providers = table.providers as OAuthProvider[];

/** The row that `signIn.provider` names, or null. */
export function oauthProvider(id: string): OAuthProvider | null {
  return providers.find((row) => row.id === id) ?? null;
}

/** The row of a provider that the table of well-known providers calls by this name, or null. */
export function oauthProviderKnownAs(name: string): OAuthProvider | null {
  return providers.find(({ knownAs }) => knownAs.includes(name)) ?? null;
}

/**
 * The row of the provider that an issuer's address belongs to, or null: an organisation's own directory at Microsoft
 * differs from the rest in its endpoints alone.
 */
export function oauthProviderAt(issuer: URL): OAuthProvider | null {
  return providers.find((row) => new URL(row.issuer).host === issuer.host) ?? null;
}

/** The scopes that a row asks for, for relays of these protocols. */
export function scopesFor({ scopes }: OAuthProvider, protocols: readonly Protocol[]): string[] {
  return [
    ...new Set([
      ...protocols.flatMap((protocol) => {
        const { tokenScope } = protocolFacts[protocol];
        return tokenScope ? scopes[tokenScope] : [];
      }),
      ...scopes.always,
    ]),
  ];
}
