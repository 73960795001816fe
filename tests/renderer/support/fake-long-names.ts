import { type Configuration, configurationSchema } from '../../../proxy/contract/index.ts';
import { told } from '../../support/findings.ts';
import { certificate, inDays, question } from './fake-certificates.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { ago, freshStore, protection, relay, session } from './fake-state.ts';

const account = 'Friends of the Botanical Garden, membership office and newsletter';
const host = 'incoming-mail-cluster-07.frankfurt.region-europe.long-named-provider.example';
const imap = { ...relay('x', 'imap', host, 1143), name: 'friends-of-the-botanical-garden-newsletter-imap' };
const smtp = {
  ...relay('x', 'smtp', host.replace('incoming', 'outgoing'), 1587),
  name: 'friends-of-the-botanical-garden-newsletter-smtp',
};
const configuration: Configuration = configurationSchema.parse({
  version: 1,
  accounts: [{ name: account, relays: [imap, smtp] }],
});

/** The question about the server with the long name. */
export const longNamesQuestion = question('aaaaaaaa0b', host, {
  account,
  relays: [imap.name],
  problems: ['unknown-issuer', 'expired', 'name-mismatch'],
  details: [
    { problem: 'name-mismatch', text: `The certificate is for *.${host.slice(9)}, not for ${host}.` },
    { problem: 'expired', text: 'The certificate expired 2 days ago.' },
  ],
  certificate: certificate(host, {
    subject: `CN=${host}, OU=Hosting and Infrastructure, O=The Long-Named Provider of Example Services Ltd, L=Frankfurt am Main, ST=Hessen, C=DE`,
    issuer: 'CN=Example Organisation Validation Secure Server Authority 2029, O=Example Trust Services AB, C=SE',
    names: [host, `autoconfig.${host}`, `*.${host.slice(9)}`],
    notBefore: inDays(-400),
    notAfter: inDays(-2),
  }),
});

/** A core in which everything has as long a name as some people and providers give. */
export function longNamesCore(): FakeCore {
  const store = freshStore(configuration);
  const protectedBy = protection(host, { certificate: longNamesQuestion.certificate });
  const { message, code, facts, diagnosis } = told({ code: 'server-timeout', facts: { seconds: 15 } }, smtp);
  store.patch('relays', imap.name, {
    sessionsTotal: 12,
    bytesDown: 21_400_000,
    lastVerified: protectedBy,
    lastSuccess: ago(599),
  });
  store.patch('relays', smtp.name, {
    refusalsTotal: 3,
    lastRefusal: { reason: 'upstream-timeout', message, diagnosis, at: ago(60) },
  });
  store.set('sessions', 's1', session('s1', imap.name, account, { protection: protectedBy }));
  store.set('questions', longNamesQuestion.id, { ...longNamesQuestion });
  const remembered = { account, host, port: 993, certificate: longNamesQuestion.certificate };
  store.set('decisions', 'dddddddd01', {
    ...{ ...remembered, id: 'dddddddd01', decidedAt: inDays(-12), decision: 'reject' },
    problems: ['name-mismatch', 'unknown-issuer', 'self-signed'],
  });
  store.set('servers', 'eeeeeeee01', {
    ...{ ...remembered, id: 'eeeeeeee01', lastVerifiedAt: ago(600) },
    revocation: { status: 'good', source: 'crl', message: '', checkedAt: ago(600), nextUpdate: inDays(3) },
  });
  const rows = [
    { account, relay: smtp.name, kind: 'refused', reason: 'upstream-timeout', message, code, facts, at: ago(60) },
    {
      ...{ account, relay: imap.name, kind: 'certificate-pending', id: longNamesQuestion.id, host, at: ago(120) },
      problems: longNamesQuestion.problems,
      offers: longNamesQuestion.offers,
    },
    {
      ...{ account, relay: imap.name, kind: 'session-verified', session: 's1', at: ago(600), trust: 'verified' },
      ...{ tlsVersion: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', fingerprint: protectedBy.certificate.fingerprint },
    },
  ];
  rows.toReversed().forEach((row, index) => {
    store.set('activity', String(index + 1), { number: index + 1, ...row } as never);
  });
  return createFakeCore(store, configuration);
}
