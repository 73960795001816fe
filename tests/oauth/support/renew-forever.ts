// A program that renews one account's tokens again and again until it is killed. Prints a line on stdout after each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpExchange } from '../../../main/http-exchange.ts';
import { createStrictDesk } from '../../../proxy/discovery/strict-desk.ts';
import { createAccessTokens } from '../../../proxy/oauth/access-tokens.ts';
import { createIssuerMemory } from '../../../proxy/oauth/issuer-memory.ts';
import { createJudgedFetch } from '../../../proxy/oauth/judged-fetch.ts';
import { createStateStore } from '../../../proxy/state/store.ts';
import { createTlsContexts } from '../../../proxy/trust/tls/secure-upstream.ts';
import { openVault } from '../../../proxy/vault/vault.ts';
import { noneBuiltIn } from '../../support/roots.ts';
import { noKeychain } from '../../vault/support/keychains.ts';

const [, , dataDirectory = '', issuer = '', user = ''] = process.argv;
const authorities = [readFileSync(join(dataDirectory, 'root.pem'), 'utf8')];
const contexts = createTlsContexts({ authorities, clientCertificates: new Map(), builtIn: noneBuiltIn });
const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
const vault = await openVault({ dataDirectory, keychain: noKeychain, credentialsDirectory: undefined }, state);
const fetch = createJudgedFetch({
  resolve: async () => ['127.0.0.1'],
  tlsContext: () => contexts.of(''),
  desk: createStrictDesk(() => new Date(), null),
  exchange: httpExchange,
  timeoutMilliseconds: () => 10_000,
});
// Each time the clock is read, an hour has passed.
let clock = Date.now();
const tokens = createAccessTokens({
  ...{ vault, fetch, issuers: createIssuerMemory(fetch) },
  signIns: { need: () => undefined, warn: () => undefined },
  signInOf: () => ({ kind: 'oauth', user, issuer }),
  now: () => new Date(clock),
});
for (;;) {
  clock += 7_200_000;
  process.stdout.write(`${await tokens.current('Mail', 'localhost', new AbortController().signal)}\n`);
}
