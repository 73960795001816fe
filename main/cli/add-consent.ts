import { type DiscoveryReport, type FoundServer, type SignIn, webPage } from '../../proxy/contract/index.ts';
import { oauthProviderKnownAs } from '../../proxy/oauth/providers.ts';
import type { Output } from '../output.ts';
import type { Terminal } from './command.ts';

type ConsentSignIn = Extract<SignIn, { kind: 'oauth' }>;

/** What a person already knows about signing in by consent. */
export interface KnownOfConsent {
  clientId: string | undefined;
  issuer: string | undefined;
}

/** Whether the servers, or what is known about the provider, leave no way to sign in with a password. */
export function takesTokensAlone(servers: readonly FoundServer[]): boolean {
  return servers.some(({ signIn }) => signIn === 'oauth-only');
}

/**
 * How an account whose servers accept only tokens will sign in: what is known about its provider, and what the person adds to
 * it.
 * @returns null where it cannot be determined yet; the person was told what is missing
 */
export async function consentSignIn(
  { provider, user }: DiscoveryReport,
  { clientId, issuer }: KnownOfConsent,
  terminal: Terminal | null,
  say: Pick<Output, 'lines'>,
): Promise<ConsentSignIn | null> {
  const row = provider ? oauthProviderKnownAs(provider.name) : null;
  if (issuer !== undefined || row === null) {
    const address = issuer ?? (await asked(terminal, 'The address where you sign in (issuer), https://…: '));
    if (address !== null && webPage(address) !== null) {
      return { kind: 'oauth', user, issuer: address, ...(clientId === undefined ? {} : { clientId }) };
    }
    say.lines('', 'Ask whoever runs the server for the https address of its sign-in, and pass it with --issuer.');
    return null;
  }
  const from = { kind: 'oauth', user, provider: row.id } as const;
  if (row.clientId === 'registers') return from;
  if (clientId !== undefined) return { ...from, clientId };
  say.lines(
    '',
    `How to get a client id for ${row.name}:`,
    ...row.steps.map((step, at) => `  ${at + 1}. ${step}`),
    ...row.unchecked.map((facts) => `  Not checked with the provider’s own page: ${facts}`),
  );
  if (row.clientId === 'by-contract') return null;
  const typed = await asked(terminal, 'Client id (leave empty to go on without): ');
  if (typed !== null && /^[\x21-\x7e]{1,1000}$/.test(typed)) return { ...from, clientId: typed };
  say.lines('', 'Once you have it, pass it with --client-id.');
  return null;
}

async function asked(terminal: Terminal | null, prompt: string): Promise<string | null> {
  return (await terminal?.question(prompt, false))?.trim() || null;
}
