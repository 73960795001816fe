import type { AccountConfiguration, ConsentStep, Protocol, SignInFailure } from '../contract/index.ts';
import type { SignIns } from '../gate/sign-ins.ts';
import type { SecretStore } from '../vault/secret-store.ts';
import { askedScopes } from './asked-scopes.ts';
import { type ConsentRequest, consentByBrowser } from './consent-by-browser.ts';
import { consentByDevice } from './consent-by-device.ts';
import { consentWarnings } from './consent-warnings.ts';
import { explainFailure } from './explain.ts';
import { ConsentFailed } from './failures.ts';
import { newGrant, type OAuthAccount, type OAuthSignIn, readGrant, saveGrant } from './grant.ts';
import type { IssuerMemory } from './issuer-memory.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import { createRegistration } from './registration.ts';
import type { AwaitReturn } from './return-address.ts';
import { prepareRevocation, type Revocation } from './revocation.ts';

/** People's consents: requested, kept, and revoked. */
export interface Consents {
  /**
   * Asks for consent and stores the result. Another request under way for the same account is given up.
   *
   * @param options.clientSecret stored in the vault for this client from now on
   * @param tell receives where the person has to go
   * @throws ConsentFailed
   */
  signIn(
    account: OAuthAccount,
    options: { device: boolean; clientSecret?: string | undefined },
    tell: (step: ConsentStep) => void,
  ): Promise<void>;
  /** Gives up what is under way for an account, or for all. */
  cancel(account?: string): void;
  /**
   * Revokes what the issuer gave, where it can (RFC 7009), and forgets it in any case.
   *
   * @returns whether the issuer was told
   * @throws the system's error when the disk does not accept the change
   */
  signOut(account: string, signIn: OAuthSignIn): Promise<Revocation>;
  /** For an account whose record is about to be removed: see `prepareRevocation`. */
  prepareRevocation(account: string, signIn: OAuthSignIn): ReturnType<typeof prepareRevocation>;
}

/** What is needed to ask for consents. */
export interface ConsentsContext {
  vault: SecretStore;
  issuers: IssuerMemory;
  fetch: JudgedFetch;
  signIns: Pick<SignIns, 'need' | 'given' | 'warn'>;
  awaitReturn: AwaitReturn;
  now: () => Date;
  /**
   * Signs in once at each of the account's servers with the new token: the person who consented is not always the one
   * meant.
   *
   * @throws ConsentFailed `wrong-mailbox` or `server-refused`; a server that cannot be reached says nothing against it
   */
  tryToken(account: AccountConfiguration, token: string, signal: AbortSignal): Promise<void>;
}

/** Time for a person to find a password, a telephone, a second factor; a web page gets no longer to guess. */
const consentMilliseconds = 5 * 60_000;

export function createConsents(context: ConsentsContext): Consents {
  const { vault, issuers, fetch, signIns, awaitReturn, now, tryToken } = context;
  const underWay = new Map<string, AbortController>();

  async function run(
    account: OAuthAccount,
    { device, clientSecret }: { device: boolean; clientSecret?: string | undefined },
    tell: (step: ConsentStep) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, signIn, relays } = account;
    const issuer = await issuers.find(signIn, signal);
    const protocols: Protocol[] = relays.map(({ protocol }) => protocol);
    const scope = askedScopes(issuer, signIn.scopes, protocols);
    if (clientSecret !== undefined) await vault.write(name, 'oauth-client', clientSecret);
    const { clientId } = signIn;
    const before = await readGrant(vault, name, signIn);
    const registration =
      clientId === undefined
        ? await createRegistration(name, { issuer, scope, device }, { vault, fetch }, signal)
        : null;
    const request: ConsentRequest = {
      ...{ issuer, scope, user: signIn.user, fetch, signal },
      returnTo: registration?.returnTo ?? null,
      async client(redirectUri) {
        if (registration) return registration.client(redirectUri);
        return { id: clientId ?? '', secret: await vault.read(name, 'oauth-client') };
      },
      async keep(tokens, client) {
        if (tokens.refreshToken === null && tokens.expiresIn !== null) throw new ConsentFailed('no-refresh-token');
        await tryToken(account, tokens.accessToken, signal);
        signal.throwIfAborted();
        const grant = newGrant(account, client, tokens, now());
        await saveGrant(vault, name, grant);
        await registration?.keep();
        signIns.warn(name, consentWarnings(grant, signIn, now()));
      },
    };
    if (device) {
      await consentByDevice(
        request,
        (code) => {
          tell({ event: 'device', ...code });
          if (typeof before === 'string') signIns.need(name, before, { device: code });
        },
        now,
      );
    } else {
      await consentByBrowser(request, awaitReturn, (url) => {
        tell({ event: 'open', url });
        if (typeof before === 'string') signIns.need(name, before, { url });
      });
    }
  }

  return {
    async signIn(account, options, tell) {
      const { name, signIn } = account;
      underWay.get(name)?.abort(new ConsentFailed('cancelled'));
      const controller = new AbortController();
      underWay.set(name, controller);
      const timer = setTimeout(() => controller.abort(new ConsentFailed('timeout')), consentMilliseconds);
      try {
        await run(account, options, tell, controller.signal);
        signIns.given(name);
      } catch (error) {
        issuers.forget(signIn);
        // Perhaps the issuer no longer knows the client, which only the person's browser would have been told.
        await vault.remove(name, 'oauth-registration').catch(() => undefined);
        // The address of a finished attempt is of no use.
        const held = await readGrant(vault, name, signIn).catch(() => null);
        if (typeof held === 'string') signIns.need(name, held);
        const { signal } = controller;
        throw asSignInFailed(signal.aborted ? signal.reason : error);
      } finally {
        clearTimeout(timer);
        if (underWay.get(name) === controller) underWay.delete(name);
      }
    },
    cancel(account) {
      for (const [name, controller] of underWay) {
        if (account === undefined || account === name) controller.abort(new ConsentFailed('cancelled'));
      }
    },
    async signOut(account, signIn) {
      underWay.get(account)?.abort(new ConsentFailed('cancelled'));
      const revoke = await prepareRevocation(account, signIn, context).catch(() => null);
      await vault.remove(account, 'oauth-tokens');
      await vault.remove(account, 'oauth-registration');
      signIns.warn(account, []);
      signIns.need(account, 'consent-missing');
      return revoke ? revoke() : 'forgotten';
    },
    prepareRevocation(account, signIn) {
      underWay.get(account)?.abort(new ConsentFailed('cancelled'));
      return prepareRevocation(account, signIn, context);
    },
  };
}

const reasons = {
  unavailable: 'issuer-unavailable',
  untrusted: 'issuer-not-trusted',
  configuration: 'configuration',
  storage: 'not-stored',
} as const satisfies Record<string, SignInFailure>;

/** Maps an error to one of the known failures. */
function asSignInFailed(error: unknown): ConsentFailed {
  if (error instanceof ConsentFailed) return error;
  const { kind, sentence } = explainFailure(error);
  return new ConsentFailed(reasons[kind], sentence);
}
