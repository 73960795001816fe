import { type Configuration, configurationSchema } from '../../../proxy/contract/index.ts';
import { told } from '../../support/findings.ts';
import { question } from './fake-certificates.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { ago, freshStore, ordinaryConfiguration, protection, relay, session } from './fake-state.ts';

const configured = relay('Groups', 'nntp', 'news.example.org', 1119);
const configuration: Configuration = configurationSchema.parse({
  ...ordinaryConfiguration,
  accounts: [...ordinaryConfiguration.accounts, { name: 'Groups', relays: [configured] }],
});

/** A question about the news server. */
export const newsQuestion = question('aaaaaaaa09', configured.server, {
  ...{ account: 'Groups', relays: [configured.name], port: configured.port },
});

/** A core with an account for news beside those for mail: it is being read from, and was refused before. */
export function newsCore(): FakeCore {
  const store = freshStore(configuration);
  const protectedBy = protection(configured.server);
  const { message, code, facts, diagnosis } = told({ code: 'starttls-refused', facts: { reply: 580 } }, configured);
  const groups = { relay: configured.name, account: 'Groups' };
  const tls = {
    ...{ tlsVersion: protectedBy.tlsVersion, cipher: protectedBy.cipher },
    fingerprint: protectedBy.certificate.fingerprint,
  };
  store.patch('relays', configured.name, {
    ...{ sessionsOpen: 1, sessionsTotal: 3, refusalsTotal: 1, bytesUp: 12_000, bytesDown: 1_900_000 },
    ...{ lastVerified: protectedBy, lastSuccess: ago(599) },
    lastRefusal: { reason: 'starttls-refused', message, diagnosis, at: ago(7000) },
  });
  store.set('sessions', 'n1', session('n1', configured.name, 'Groups', { protection: protectedBy }));
  const rows = [
    { ...groups, kind: 'refused', reason: 'starttls-refused', message, code, facts, at: ago(7000) },
    { ...groups, ...tls, kind: 'session-verified', session: 'n1', trust: 'verified', at: ago(600) },
  ];
  rows.forEach((row, index) => {
    store.set('activity', String(index + 1), { number: index + 1, ...row } as never);
  });
  return createFakeCore(store, configuration);
}
