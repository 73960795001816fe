import type { DiscoveryReport, OAuthProvider, SignIn } from '../proxy/contract/index.ts';
import { oauthProviders } from './oauth-providers.ts';

/** How an account signs in, as the form holds it: texts, whether they make sense or not. */
export interface SignInDraft {
  kind: SignIn['kind'];
  user: string;
  /** The id of a provider, `own` for one that is named by its address, or empty. */
  provider: string;
  issuer: string;
  clientId: string;
  /** As configured; the form does not change it. */
  scopes?: string[];
}

export type SignInField = 'user' | 'provider' | 'issuer' | 'clientId';

/** Stands in the form for a provider that is named by the address of its sign-in. */
export const ownIssuer = 'own';

export const noSignIn: SignInDraft = { kind: 'pass-through', user: '', provider: '', issuer: '', clientId: '' };

export function signInDraftOf(signIn: SignIn): SignInDraft {
  if (signIn.kind === 'pass-through') return noSignIn;
  if (signIn.kind === 'stored') return { ...noSignIn, kind: 'stored', user: signIn.user };
  const { user, provider, issuer, clientId = '', scopes } = signIn;
  return {
    ...{ kind: 'oauth', user, provider: provider ?? ownIssuer, issuer: issuer ?? '', clientId },
    ...(scopes && { scopes }),
  };
}

/** The draft in the configuration's own form; what makes no sense is passed through, for the check to reject. */
export function signInOf({ kind, user, provider, issuer, clientId, scopes }: SignInDraft): Record<string, unknown> {
  const text = (value: string) => value.trim();
  if (kind === 'pass-through') return { kind };
  if (kind === 'stored') return { kind, user: text(user) };
  return {
    ...{ kind, user: text(user) },
    ...(provider === ownIssuer ? { issuer: text(issuer) } : { provider }),
    ...(text(clientId) !== '' && { clientId: text(clientId) }),
    ...(scopes && { scopes }),
  };
}

/** The provider that is chosen; undefined for none, and for one of the person's own. */
export function chosenProvider({ kind, provider }: SignInDraft): OAuthProvider | undefined {
  return kind === 'oauth' ? oauthProviders().find(({ id }) => id === provider) : undefined;
}

/** Whether the provider gives no consent without a client id that the person has got from it. */
export function lacksClientId(draft: SignInDraft): boolean {
  const row = chosenProvider(draft);
  return row !== undefined && row.clientId !== 'registers' && draft.clientId.trim() === '';
}

/** How an account signs in whose servers take tokens alone, as far as it is known. */
export function consentDraft({ provider, user }: Pick<DiscoveryReport, 'provider' | 'user'>): SignInDraft {
  const row = provider && oauthProviders().find(({ knownAs }) => knownAs.includes(provider.name));
  return { ...noSignIn, kind: 'oauth', user, provider: row?.id ?? ownIssuer };
}
