import { type Configuration, configurationSchema } from '../../../proxy/contract/index.ts';
import { told } from '../../support/findings.ts';
import { question } from './fake-certificates.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { ago, freshStore, ordinaryConfiguration, protection, relay, session } from './fake-state.ts';

const configured = relay('People', 'ldap', 'ldap.example.org', 1389);
const configuration: Configuration = configurationSchema.parse({
  ...ordinaryConfiguration,
  accounts: [...ordinaryConfiguration.accounts, { name: 'People', relays: [configured] }],
});

/** A question about the directory. */
export const directoryQuestion = question('aaaaaaaa0a', configured.server, {
  ...{ account: 'People', relays: [configured.name], port: configured.port },
});

/** A core with an account for an address book beside those for mail: in use, after a referral that was refused. */
export function addressBookCore(): FakeCore {
  const store = freshStore(configuration);
  const protectedBy = protection(configured.server);
  const { message, code, facts, diagnosis } = told({ code: 'plaintext-referral' }, configured);
  const people = { relay: configured.name, account: 'People' };
  const tls = {
    ...{ tlsVersion: protectedBy.tlsVersion, cipher: protectedBy.cipher },
    fingerprint: protectedBy.certificate.fingerprint,
  };
  store.patch('relays', configured.name, {
    ...{ sessionsOpen: 1, sessionsTotal: 3, refusalsTotal: 1, bytesUp: 1_200, bytesDown: 190_000 },
    ...{ lastVerified: protectedBy, lastSuccess: ago(599) },
    lastRefusal: { reason: 'referral-to-plaintext', message, diagnosis, at: ago(7000), protection: protectedBy },
  });
  store.set('sessions', 'd1', session('d1', configured.name, 'People', { protection: protectedBy }));
  const rows = [
    { ...people, kind: 'refused', reason: 'referral-to-plaintext', message, code, facts, at: ago(7000) },
    { ...people, ...tls, kind: 'session-verified', session: 'd1', trust: 'verified', at: ago(600) },
  ];
  rows.forEach((row, index) => {
    store.set('activity', String(index + 1), { number: index + 1, ...row } as never);
  });
  return createFakeCore(store, configuration);
}
