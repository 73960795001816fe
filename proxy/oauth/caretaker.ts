import { serversOf } from '../contract/index.ts';
import type { AccessTokens } from '../gate/access-tokens.ts';
import type { SignIns } from '../gate/sign-ins.ts';
import type { SecretStore } from '../vault/secret-store.ts';
import { consentWarnings, needsUse } from './consent-warnings.ts';
import { type OAuthAccount, readGrant } from './grant.ts';

/** What is needed to look after consents. */
export interface CaretakerContext {
  vault: SecretStore;
  tokens: Pick<AccessTokens, 'keepAlive'>;
  signIns: Pick<SignIns, 'need' | 'warn'>;
  now: () => Date;
}

/**
 * Looks at every consent: reports which are needed, uses one that would expire from disuse, and warns about those that
 * expire soon. A consent that cannot be read or renewed now is no failure: it is checked again later.
 */
export async function lookAfterConsents(
  accounts: readonly Pick<OAuthAccount, 'name' | 'signIn' | 'relays'>[],
  { vault, tokens, signIns, now }: CaretakerContext,
  signal: AbortSignal,
): Promise<void> {
  for (const account of accounts) {
    const { name, signIn } = account;
    if (signal.aborted) return;
    try {
      const grant = await readGrant(vault, name, signIn);
      if (typeof grant === 'string') {
        signIns.need(name, grant);
        continue;
      }
      // Found now, by the person who has just changed it, and not by the mail program tomorrow.
      if (!serversOf(account).every((server) => grant.servers.includes(server))) signIns.need(name, 'servers-changed');
      if (needsUse(grant, signIn, now())) await tokens.keepAlive(name, signal).catch(() => undefined);
      const latest = await readGrant(vault, name, signIn);
      const warnings = typeof latest === 'string' ? [] : consentWarnings(latest, signIn, now());
      if (warnings.length > 0) signIns.warn(name, warnings);
    } catch {
      // A locked vault has been reported where it is needed.
    }
  }
}
