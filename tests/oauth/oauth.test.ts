import { expect, test } from 'vitest';
import { httpExchange } from '../../main/http-exchange.ts';
import { awaitReturn } from '../../main/return-address.ts';
import { createOAuth } from '../../proxy/oauth/oauth.ts';
import type { TryContext } from '../../proxy/oauth/try-token.ts';
import { createTlsContexts } from '../../proxy/trust/tls/secure-upstream.ts';
import { noneBuiltIn } from '../support/roots.ts';
import { setStage, walk } from './support/stage.ts';

test('while Postern is paused, signing out forgets and dials nothing; a sign-in is refused; afterwards both go on', async () => {
  const { authority, issuer, vault, signIns, account: configured } = await setStage();
  const account = { ...configured, relays: [] };
  const contexts = createTlsContexts({
    authorities: [authority.certPem],
    clientCertificates: new Map(),
    builtIn: noneBuiltIn,
  });
  let paused = false;
  let dialled = 0;
  const oauth = createOAuth({
    ...{ vault, signIns, awaitReturn, exchange: httpExchange, revocations: null, now: () => new Date() },
    async resolve() {
      dialled += 1;
      return ['127.0.0.1'];
    },
    tlsContext: () => contexts.of(''),
    connectTimeoutMilliseconds: () => 10_000,
    paused: () => paused,
    accounts: () => [account],
    // The account has no server to try.
    trying: () => ({}) as TryContext,
  });
  const signIn = () =>
    oauth.consents.signIn(account, { device: false }, (step) => void walk(issuer, account.signIn.user, step));

  await signIn();
  expect(vault.records.size).toBeGreaterThan(0);
  paused = true;
  const before = { dialled, asked: issuer.asked.length };
  expect(await oauth.consents.signOut(account.name, account.signIn)).toBe('forgotten');
  expect(vault.records.size).toBe(0);
  await expect(signIn()).rejects.toThrow(/paused/);
  expect({ dialled, asked: issuer.asked.length }).toEqual(before);

  paused = false;
  await signIn();
  expect(await oauth.consents.signOut(account.name, account.signIn)).toBe('revoked');
  expect(issuer.asked).toContain('POST /token/revocation');
});
