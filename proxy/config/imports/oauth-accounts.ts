import { getDomain } from 'tldts';
import oauthTable from '../../../assets/oauth-providers.json' with { type: 'json' };
import table from '../../../assets/providers.json' with { type: 'json' };
import type { OAuthProvider, SignIn } from '../../contract/index.ts';
import type { IniSection } from './ini.ts';

const rows = oauthTable.providers as OAuthProvider[];

/** An account in the file that signs in with tokens, in Postern's terms. */
export interface OAuthAccountFound {
  user: string;
  signIn: Extract<SignIn, { kind: 'oauth' }>;
  /** Whether a server in the file belongs to this account's provider. */
  has(server: string): boolean;
  /** What the person has to do next, or what cannot be carried over, each without a full stop. */
  notes: string[];
}

/** Flows of that program in which nobody consents; a person's password or a company's secret is kept instead. */
const otherFlows = /^(?:password|client_credentials|service_account|refresh_token)$/i;

/**
 * Reads an account section of Email OAuth 2.0 Proxy. Its tokens are left behind: they are encrypted with the mail
 * program's password, and belong to a consent given to another program.
 *
 * @returns null where Postern does not know the provider, or the account does not sign in by a person's consent
 */
export function oauthAccountOf({ name: user, options }: IniSection): OAuthAccountFound | null {
  const value = (key: string) => options.findLast((option) => option.key === key)?.value || undefined;
  if (otherFlows.test(value('oauth2_flow') ?? '')) return null;
  const tokenUrl = value('token_url') ?? '';
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : null;
  const row = url && rowOf(url, user);
  const clientId = value('client_id');
  if (!row) return null;
  const tenant = /^\/([^/]+)\//.exec(url.pathname)?.[1] ?? '';
  const isTenant = row.id === 'microsoft-365' && !/^(?:common|organizations|consumers)$/i.test(tenant);
  const from = isTenant ? { issuer: `https://${url.host}/${tenant}/v2.0` } : { provider: row.id };
  const ownId = clientId !== undefined && /^[\x21-\x7e]+$/.test(clientId) && row.clientId !== 'registers';
  const secret = value('client_secret') !== undefined || value('client_secret_encrypted') !== undefined;
  return {
    user,
    signIn: { kind: 'oauth', user, ...from, ...(ownId ? { clientId } : {}) },
    has: (server) => serverDomains(row).has(getDomain(server) ?? server),
    notes: [
      'its tokens are not carried: sign in once',
      ...(secret && row.clientSecret
        ? ['the client secret is not carried: give it once, when you sign in, with --client-secret-stdin']
        : []),
    ],
  };
}

/** The row whose token endpoint this is; Microsoft's two share a host, and differ in whose mailboxes they serve. */
function rowOf(url: URL, user: string): OAuthProvider | null {
  const found = rows.filter(({ endpoints }) => endpoints && new URL(endpoints.token).host === url.host);
  const [first = null, ...others] = found;
  if (others.length === 0) return first;
  const domain = user.slice(user.lastIndexOf('@') + 1).toLowerCase();
  const consumer =
    /^\/consumers\//i.test(url.pathname) || knownProviders('Outlook.com').some((each) => each.domains.includes(domain));
  return found.find(({ id }) => id === (consumer ? 'microsoft' : 'microsoft-365')) ?? first;
}

/** Microsoft serves both kinds of mailbox under both server names. */
function serverDomains({ id, knownAs }: OAuthProvider): Set<string> {
  const names = id.startsWith('microsoft') ? ['Outlook.com', 'Microsoft 365'] : knownAs;
  const servers = names.flatMap(knownProviders).flatMap((each) => each.servers.map(({ server }) => server));
  return new Set(servers.map((server) => getDomain(server) ?? server));
}

function knownProviders(name: string) {
  return table.providers.filter((each) => each.name === name);
}
