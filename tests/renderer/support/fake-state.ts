import type {
  AccountConfiguration,
  Authority,
  Configuration,
  PracticeAccount,
  Protocol,
  RefusalRow,
  RelayRow,
  SessionRow,
  UpstreamProtection,
} from '../../../proxy/contract/index.ts';
import { accountSchema, configurationSchema } from '../../../proxy/contract/index.ts';
import { createStateStore, type StateStore } from '../../../proxy/state/store.ts';
import { told } from '../../support/findings.ts';
import { certificate, inDays, questions } from './fake-certificates.ts';

export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

/** A relay of the configuration, with the usual values. */
export function relay(account: string, protocol: Protocol, server: string, listenPort: number) {
  const tls = protocol === 'smtp' ? 'starttls' : 'implicit';
  const port = { imap: 993, pop3: 995, smtp: 587, nntp: 563, ldap: 636 }[protocol];
  const name = `${account.toLowerCase().replace(/\W+/g, '-')}-${protocol}`;
  return { name, protocol, listen: `127.0.0.1:${listenPort}`, server, port, tls };
}

/** Three ordinary accounts. */
export const ordinaryConfiguration: Configuration = configurationSchema.parse({
  version: 1,
  accounts: [
    {
      name: 'Work',
      relays: [relay('Work', 'imap', 'imap.example.org', 1143), relay('Work', 'smtp', 'smtp.example.org', 1587)],
    },
    {
      name: 'Home',
      relays: [relay('Home', 'imap', 'nas.home.example', 1144), relay('Home', 'smtp', 'nas.home.example', 1588)],
    },
    { name: 'Club', relays: [relay('Club', 'pop3', 'mail.kleinefirma.example', 1110)] },
  ],
});

/** A company's own authority. */
export const companyRoot: Authority = {
  subject: 'CN=Example Company Root, O=Example Company',
  fingerprint: certificate('Example Company Root').fingerprint,
  notAfter: inDays(3000),
};

/** A practice account. */
export const practice: PracticeAccount = {
  ...{ account: 'Practice', user: 'you@practice.localhost', password: 'practice' },
  fingerprint: certificate('practice.localhost').fingerprint,
};
export const practiceAccount: AccountConfiguration = accountSchema.parse({
  name: practice.account,
  relays: (['imap', 'pop3', 'smtp'] as const).map((protocol, index) => ({
    ...relay('Practice', protocol, 'practice.localhost', [1143, 1110, 1587][index] ?? 0),
    ...{ address: '127.0.0.1', port: 40_001 + index },
  })),
});

export function protection(host: string, changes: Partial<UpstreamProtection> = {}): UpstreamProtection {
  return {
    tlsVersion: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    certificate: certificate(host),
    trust: { kind: 'verified' },
    verifiedAt: ago(130),
    ...changes,
  };
}

/** The row of a configured relay that listens and has not been used yet. */
export function relayRow(account: string, configured: AccountConfiguration['relays'][number]): RelayRow {
  const port = Number(String(configured.listen).split(':').at(-1));
  return {
    name: configured.name,
    account,
    protocol: configured.protocol,
    server: configured.server,
    port: configured.port,
    tls: configured.tls,
    listeners: [{ address: '127.0.0.1', port, status: { kind: 'listening' } }],
    sessionsOpen: 0,
    sessionsTotal: 0,
    refusalsTotal: 0,
    bytesUp: 0,
    bytesDown: 0,
    lastVerified: null,
    lastRefusal: null,
  };
}

export function session(id: string, relayName: string, account: string, changes: Partial<SessionRow> = {}): SessionRow {
  return {
    id,
    relay: relayName,
    account,
    openedAt: ago(600),
    phase: 'signed-in',
    protection: protection('imap.example.org'),
    bytesUp: 12_400,
    bytesDown: 3_480_000,
    ...changes,
  };
}

/** A core that has just started with this configuration. */
export function freshStore(configuration: Configuration): StateStore {
  const store = createStateStore({
    version: '0.1.0',
    startedAt: ago(7200),
    paused: false,
    questionsDropped: 0,
    warnings: [],
  });
  for (const account of configuration.accounts) {
    for (const configured of account.relays) store.set('relays', configured.name, relayRow(account.name, configured));
  }
  return store;
}

/** A morning's work: sessions, traffic, a refusal, decisions; no question is waiting. */
export function busyStore(): StateStore {
  const store = freshStore(ordinaryConfiguration);
  const byYou = protection('nas.home.example', {
    cipher: 'TLS_AES_128_GCM_SHA256',
    trust: { kind: 'trusted-by-you', decision: 'dddddddd01' },
    verifiedAt: ago(4000),
  });
  store.patch('relays', 'work-imap', {
    sessionsOpen: 2,
    sessionsTotal: 9,
    bytesUp: 84_000,
    bytesDown: 21_400_000,
    lastVerified: protection('imap.example.org'),
    lastSuccess: ago(30),
  });
  store.patch('relays', 'work-smtp', {
    sessionsTotal: 4,
    bytesUp: 2_900_000,
    bytesDown: 9_100,
    refusalsTotal: 1,
    lastVerified: protection('smtp.example.org', { verifiedAt: ago(1500) }),
    lastSuccess: ago(1499),
    lastRefusal: refusal('upstream-timeout', silent, 9000),
  });
  store.patch('relays', 'home-imap', {
    sessionsOpen: 1,
    sessionsTotal: 3,
    bytesDown: 410_000,
    lastVerified: byYou,
    lastSuccess: ago(3999),
  });
  store.patch('relays', 'club-pop3', {
    refusalsTotal: 6,
    lastRefusal: refusal('upstream-unreachable', unknownName, 240),
  });
  store.set('sessions', 's1', session('s1', 'work-imap', 'Work'));
  store.set(
    'sessions',
    's2',
    session('s2', 'work-imap', 'Work', { openedAt: ago(95), bytesUp: 900, bytesDown: 41_000 }),
  );
  store.set('sessions', 's3', session('s3', 'home-imap', 'Home', { protection: byYou, bytesDown: 77_000 }));
  remember(store);
  recount(store);
  return store;
}

const silent = told(
  { code: 'server-timeout', facts: { seconds: 15, step: 'connection' } },
  { server: 'smtp.example.org', port: 587 },
);
const unknownName = told({ code: 'dns-not-found' }, { server: 'mail.kleinefirma.example', port: 995 });
const webPage = told({ code: 'not-a-mail-program', facts: { spoke: 'http' } });

/** The part of it that an activity row has. */
const rowOf = ({ message, code, facts }: ReturnType<typeof told>) => ({ message, code, facts });

function refusal(
  reason: RefusalRow['reason'],
  { message, diagnosis }: ReturnType<typeof told>,
  seconds: number,
): RefusalRow {
  return { reason, message, diagnosis, at: ago(seconds) };
}

function remember(store: StateStore): void {
  const nas = certificate('old nas.home.example', { subject: 'CN=nas.home.example', issuer: 'CN=nas.home.example' });
  store.set('decisions', 'dddddddd01', {
    id: 'dddddddd01',
    account: 'Home',
    host: 'nas.home.example',
    port: 993,
    decision: 'always',
    problems: ['self-signed'],
    certificate: nas,
    decidedAt: inDays(-260),
  });
  store.set('decisions', 'dddddddd02', {
    id: 'dddddddd02',
    account: 'Club',
    host: 'webmail.kleinefirma.example',
    port: 995,
    decision: 'reject',
    problems: ['name-mismatch', 'unknown-issuer'],
    certificate: certificate('webmail.kleinefirma.example'),
    decidedAt: inDays(-12),
  });
  for (const [index, host] of ['imap.example.org', 'smtp.example.org'].entries()) {
    const id = `eeeeeeee0${index}`;
    store.set('servers', id, {
      id,
      account: 'Work',
      host,
      port: index === 0 ? 993 : 587,
      certificate: certificate(host),
      lastVerifiedAt: ago(1500 * (index + 1)),
    });
  }
}

/** The events that go with the state, oldest first. */
function recount(store: StateStore): void {
  const tls = {
    tlsVersion: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    fingerprint: certificate('imap.example.org').fingerprint,
  };
  const work = { relay: 'work-imap', account: 'Work' };
  const home = { relay: 'home-imap', account: 'Home' };
  const club = { relay: 'club-pop3', account: 'Club' };
  const rows = [
    { ...work, kind: 'relay-listening', address: '127.0.0.1', port: 1143, at: ago(7200) },
    { ...work, kind: 'session-verified', session: 's0', ...tls, at: ago(5400) },
    {
      ...work,
      kind: 'session-closed',
      session: 's0',
      bytesUp: 4_100,
      bytesDown: 812_000,
      ending: 'clean',
      at: ago(5100),
    },
    {
      ...home,
      kind: 'certificate-pending',
      id: 'dddddddd01',
      host: 'nas.home.example',
      problems: ['self-signed'],
      offers: ['reject', 'once', 'always'],
      at: ago(4100),
    },
    {
      ...home,
      kind: 'certificate-decided',
      id: 'dddddddd01',
      host: 'nas.home.example',
      decision: 'always',
      at: ago(4010),
    },
    { ...home, kind: 'session-verified', session: 's3', ...tls, at: ago(4000) },
    {
      ...club,
      kind: 'refused',
      reason: 'upstream-unreachable',
      ...rowOf(unknownName),
      at: ago(900),
    },
    { ...work, kind: 'session-verified', session: 's1', ...tls, at: ago(600) },
    {
      ...club,
      kind: 'refused',
      reason: 'client-not-mail',
      ...rowOf(webPage),
      at: ago(300),
    },
    {
      ...club,
      kind: 'refused',
      reason: 'upstream-unreachable',
      ...rowOf(unknownName),
      at: ago(240),
    },
    { ...work, kind: 'session-verified', session: 's2', ...tls, at: ago(95) },
  ] as const;
  rows.forEach((row, index) => {
    const problems = 'problems' in row ? { problems: [...row.problems] } : {};
    store.set('activity', String(index + 1), { number: index + 1, ...row, ...problems } as never);
  });
}

/** Every kind of question at once. */
export function askingStore(): StateStore {
  const store = busyStore();
  Object.values(questions).forEach((each, index) => {
    store.set('questions', each.id, { ...each, askedAt: ago(300 - index * 60) });
  });
  return store;
}
