import { createStrictDesk } from '../discovery/strict-desk.ts';
import type { AccessTokens } from '../gate/access-tokens.ts';
import type { HttpExchange } from '../net/http-exchange.ts';
import { failedWhilePaused } from '../state/command-failed.ts';
import type { DecidingDesk } from '../trust/tls/secure-upstream.ts';
import { createAccessTokens } from './access-tokens.ts';
import { lookAfterConsents } from './caretaker.ts';
import { type Consents, type ConsentsContext, createConsents } from './consents.ts';
import type { OAuthAccount } from './grant.ts';
import { createIssuerMemory } from './issuer-memory.ts';
import { createJudgedFetch, type IssuerContext, type JudgedFetch } from './judged-fetch.ts';
import type { AwaitReturn } from './return-address.ts';
import { type TryContext, tryToken } from './try-token.ts';

/** Accounts of the kind `oauth`, put together. */
export interface OAuth {
  readonly tokens: AccessTokens;
  readonly consents: Consents;
  /** Looks at every consent once: see `lookAfterConsents`. */
  lookAfter(signal: AbortSignal): Promise<void>;
}

/** What it uses of the core. */
export interface OAuthContext
  extends Pick<ConsentsContext, 'vault' | 'signIns' | 'now'>,
    Pick<IssuerContext, 'resolve' | 'tlsContext'> {
  revocations: DecidingDesk['revocations'];
  exchange: HttpExchange;
  awaitReturn: AwaitReturn;
  connectTimeoutMilliseconds(): number;
  /** Whether the person has asked that no connections be made. */
  paused(): boolean;
  /** Those of the kind `oauth`, by the configuration in force. */
  accounts(): OAuthAccount[];
  /** What is needed to try the account's own servers, as a session would. */
  trying(): TryContext;
}

export function createOAuth(context: OAuthContext): OAuth {
  const { vault, signIns, now, resolve, tlsContext, revocations, exchange, awaitReturn } = context;
  const judged = createJudgedFetch({
    ...{ resolve, tlsContext, exchange },
    // Nobody is asked about an issuer's certificate: a wrong answer would give away a mailbox.
    desk: createStrictDesk(now, revocations),
    timeoutMilliseconds: context.connectTimeoutMilliseconds,
  });
  const fetch: JudgedFetch = async (...asked) => {
    if (context.paused()) throw failedWhilePaused();
    return judged(...asked);
  };
  const issuers = createIssuerMemory(fetch);
  const common = { vault, issuers, fetch, signIns, now };
  const signInOf = (name: string) => context.accounts().find((account) => account.name === name)?.signIn ?? null;
  const tokens = createAccessTokens({ ...common, signInOf });
  return {
    tokens,
    lookAfter: (signal) => lookAfterConsents(context.accounts(), { vault, tokens, signIns, now }, signal),
    consents: createConsents({
      ...common,
      awaitReturn,
      tryToken: (account, token, signal) => tryToken(account, token, context.trying(), signal),
    }),
  };
}
