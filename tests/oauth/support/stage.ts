import { get } from 'node:http';
import { httpExchange } from '../../../main/http-exchange.ts';
import { awaitReturn } from '../../../main/return-address.ts';
import { type AccountConfiguration, type ConsentStep, configurationSchema } from '../../../proxy/contract/index.ts';
import { createStrictDesk } from '../../../proxy/discovery/strict-desk.ts';
import { type Consents, type ConsentsContext, createConsents } from '../../../proxy/oauth/consents.ts';
import { type Grant, type OAuthSignIn, readGrant } from '../../../proxy/oauth/grant.ts';
import { createIssuerMemory, type IssuerMemory } from '../../../proxy/oauth/issuer-memory.ts';
import { createJudgedFetch, type JudgedFetch } from '../../../proxy/oauth/judged-fetch.ts';
import { createTlsContexts } from '../../../proxy/trust/tls/secure-upstream.ts';
import type { SecretStore } from '../../../proxy/vault/secret-store.ts';
import { type OidcIssuer, startOidcIssuer } from '../../support/oidc-issuer.ts';
import { createAuthority, type Identity } from '../../support/pki.ts';
import { noneBuiltIn } from '../../support/roots.ts';

export type OAuthAccount = AccountConfiguration & { signIn: OAuthSignIn };

/** Everything for consent except the core: a real issuer, whose TLS is judged, and a vault in memory. */
export interface Stage {
  authority: Identity;
  issuer: OidcIssuer;
  account: OAuthAccount;
  fetch: JudgedFetch;
  issuers: IssuerMemory;
  vault: SecretStore & { records: Map<string, string>; writes: string[] };
  /** What the state was told, in order. */
  told: string[];
  consents: Consents;
  clock: { now: Date };
  signIns: ConsentsContext['signIns'];
  grant(): Promise<Grant>;
  /** Signs in from the first step to the last, as this user. */
  signInAs(user: string, options?: { device?: boolean }): Promise<void>;
}

export async function setStage(
  more: Partial<Pick<ConsentsContext, 'tryToken'>> & {
    accessTokenSeconds?: number;
    identity?: (authority: Identity) => Identity;
    signIn?: Partial<OAuthSignIn>;
  } = {},
): Promise<Stage> {
  const authority = createAuthority();
  const { accessTokenSeconds, identity } = more;
  const issuer = await startOidcIssuer({
    authority,
    ...(identity ? { identity: identity(authority) } : {}),
    ...(accessTokenSeconds === undefined ? {} : { accessTokenSeconds }),
  });
  const clock = { now: new Date() };
  const now = () => clock.now;
  const contexts = createTlsContexts({
    authorities: [authority.certPem],
    clientCertificates: new Map(),
    builtIn: noneBuiltIn,
  });
  const fetch = createJudgedFetch({
    resolve: async () => ['127.0.0.1'],
    tlsContext: () => contexts.of(''),
    desk: createStrictDesk(now, null),
    exchange: httpExchange,
    timeoutMilliseconds: () => 10_000,
  });
  const issuers = createIssuerMemory(fetch);
  const vault = memoryVault();
  const told: string[] = [];
  const signIns: ConsentsContext['signIns'] = {
    need: (account, reason, where = {}) =>
      told.push(`need ${account} ${reason}${Object.keys(where).length > 0 ? ' at' : ''}`),
    given: (account) => told.push(`given ${account}`),
    warn: (account, warnings) => {
      if (warnings.length > 0) told.push(`warn ${account} ${warnings.join(' ')}`);
    },
  };
  const tryToken = more.tryToken ?? (async () => undefined);
  const consents = createConsents({ vault, issuers, fetch, signIns, awaitReturn, now, tryToken });
  const account = accountOf({ kind: 'oauth', user: 'alice@example.test', issuer: issuer.url, ...more.signIn });
  const stage: Stage = {
    ...{ authority, issuer, account, fetch, issuers, vault, told, consents, clock, signIns },
    async grant() {
      const grant = await readGrant(vault, account.name, account.signIn);
      if (typeof grant === 'string') throw new Error(grant);
      return grant;
    },
    async signInAs(user, { device = false } = {}) {
      await consents.signIn(account, { device }, (step) => void walk(issuer, user, step));
    },
  };
  return stage;
}

/** What a person does at the address that a step gives. */
export async function walk(issuer: OidcIssuer, user: string, step: ConsentStep): Promise<string | null> {
  if (step.event === 'device') {
    await issuer.consentToCode(user, step.url);
    return null;
  }
  return (await visit(await issuer.consentAs(user, step.url))).text;
}

/** Visits an address on this computer, with these headers in addition to the usual ones. */
export function visit(
  address: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sent = get(address, { headers, method, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
    });
    sent.once('error', reject);
  });
}

function accountOf(signIn: OAuthSignIn): OAuthAccount {
  const relay = { name: 'mail-imap', protocol: 'imap', listen: 0, server: 'localhost', port: 993, tls: 'implicit' };
  const configuration = configurationSchema.parse({
    version: 1,
    accounts: [{ name: 'Mail', signIn, relays: [relay] }],
  });
  return configuration.accounts[0] as OAuthAccount;
}

export function memoryVault(): Stage['vault'] {
  const records = new Map<string, string>();
  const writes: string[] = [];
  return {
    records,
    writes,
    read: async (account, purpose) => records.get(`${account}/${purpose}`) ?? null,
    async write(account, purpose, text) {
      writes.push(text);
      records.set(`${account}/${purpose}`, text);
    },
    async remove(account, purpose) {
      for (const key of [...records.keys()]) {
        if (purpose === undefined ? key.startsWith(`${account}/`) : key === `${account}/${purpose}`)
          records.delete(key);
      }
    },
  };
}
