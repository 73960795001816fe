import { expect, test } from 'vitest';
import { createMetrics } from '../../../main/metrics/metrics.ts';
import { signInNeeds } from '../../../proxy/contract/index.ts';
import { certificate, inDays } from '../../renderer/support/fake-certificates.ts';
import { busyStore, freshStore, ordinaryConfiguration, protection } from '../../renderer/support/fake-state.ts';
import { told } from '../../support/findings.ts';

/** The samples of one metric. */
async function samples(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const text = await metrics.text();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

test('figures of the state are summed by account and protocol, and read anew each time', async () => {
  const store = freshStore(ordinaryConfiguration);
  const metrics = createMetrics('1.2.3');
  metrics.watch(store);
  const [first] = store.all('relays');
  const name = first?.name ?? '';
  store.patch('relays', name, { sessionsOpen: 2, sessionsTotal: 7, bytesUp: 100, bytesDown: 2000 });
  expect(await samples(metrics, 'postern_sessions_open')).toContain(
    'postern_sessions_open{account="Work",protocol="imap"} 2',
  );
  expect(await samples(metrics, 'postern_sessions_total')).toContain(
    'postern_sessions_total{account="Work",protocol="imap"} 7',
  );
  expect(await samples(metrics, 'postern_bytes_total')).toEqual(
    expect.arrayContaining([
      'postern_bytes_total{account="Work",protocol="imap",direction="up"} 100',
      'postern_bytes_total{account="Work",protocol="imap",direction="down"} 2000',
    ]),
  );
  store.patch('relays', name, { sessionsOpen: 0 });
  expect(await samples(metrics, 'postern_sessions_open')).toContain(
    'postern_sessions_open{account="Work",protocol="imap"} 0',
  );
  expect(await samples(metrics, 'postern_info')).toEqual(['postern_info{version="1.2.3"} 1']);
});

test('refusals are counted by reason, those before the state was there too', async () => {
  const store = freshStore(ordinaryConfiguration);
  const metrics = createMetrics('1');
  const time = new Date().toISOString();
  const refused = (reason: 'upstream-timeout' | 'tls-too-old') =>
    metrics.hear({
      event: 'refused',
      time,
      relay: store.all('relays')[0]?.name ?? '',
      reason,
      ...told({ code: 'tls-too-old' }),
    });
  refused('upstream-timeout');
  metrics.watch(store);
  refused('upstream-timeout');
  refused('tls-too-old');
  metrics.hear({
    event: 'refused',
    time,
    relay: 'one that is gone',
    reason: 'tls-too-old',
    ...told({ code: 'tls-too-old' }),
  });
  expect((await samples(metrics, 'postern_refusals_total')).sort()).toEqual([
    'postern_refusals_total{account="Work",protocol="imap",reason="tls-too-old"} 1',
    'postern_refusals_total{account="Work",protocol="imap",reason="upstream-timeout"} 2',
  ]);
});

test('the certificate that ends first is the one that is told', async () => {
  const store = freshStore(ordinaryConfiguration);
  const metrics = createMetrics('1');
  metrics.watch(store);
  expect(await samples(metrics, 'postern_certificate_not_after_timestamp_seconds')).toEqual([]);
  const [first] = store.all('relays');
  store.patch('relays', first?.name ?? '', {
    lastVerified: protection('imap.example.org', {
      certificate: { ...certificate('imap.example.org'), notAfter: inDays(10) },
    }),
  });
  const [sample = ''] = await samples(metrics, 'postern_certificate_not_after_timestamp_seconds');
  expect(sample).toMatch(/^postern_certificate_not_after_timestamp_seconds\{account="Work",protocol="imap"\} /);
  const seconds = Number(sample.split(' ').at(-1)) - Date.now() / 1000;
  expect(seconds / 86_400).toBeCloseTo(10, 1);
});

test('what an account waits for is told by reason, and when it last signed in; the user is not', async () => {
  const store = freshStore(ordinaryConfiguration);
  const metrics = createMetrics('1');
  metrics.watch(store);
  for (const { name } of store.all('accounts')) {
    store.set('accounts', name, { name, signIn: { kind: 'pass-through', user: null } });
  }
  expect(await samples(metrics, 'postern_sign_in_needed')).toEqual([]);
  const signIn = { kind: 'oauth', user: 'ada@example.org' } as const;
  const needed = {
    reason: 'consent-gone',
    since: '2026-01-01T00:00:00Z',
    url: 'https://issuer.example/canary',
  } as const;
  store.set('accounts', 'Club', { name: 'Club', signIn: { ...signIn, needed } });
  const told = await samples(metrics, 'postern_sign_in_needed');
  expect(told).toHaveLength(signInNeeds.length);
  expect(told.filter((sample) => sample.endsWith(' 1'))).toEqual([
    'postern_sign_in_needed{account="Club",reason="consent-gone"} 1',
  ]);
  expect(await samples(metrics, 'postern_signed_in_timestamp_seconds')).toEqual([]);
  store.set('accounts', 'Club', { name: 'Club', signIn: { ...signIn, signedInAt: '2026-01-01T00:00:00Z' } });
  expect((await samples(metrics, 'postern_sign_in_needed')).every((sample) => sample.endsWith(' 0'))).toBe(true);
  expect(await samples(metrics, 'postern_signed_in_timestamp_seconds')).toEqual([
    'postern_signed_in_timestamp_seconds{account="Club"} 1767225600',
  ]);
  expect(await metrics.text()).not.toMatch(/ada@|canary|issuer/);
});

test('no label holds a server, a user or a relay', async () => {
  const store = busyStore();
  const metrics = createMetrics('1');
  metrics.watch(store);
  const text = await metrics.text();
  for (const { name, server } of store.all('relays')) {
    expect(text).not.toContain(server);
    expect(text).not.toContain(`"${name}"`);
  }
  const labels = new Set(
    [...text.matchAll(/^postern_[^{]+\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
      [...list.matchAll(/(\w+)="/g)].map(([, label]) => label),
    ),
  );
  expect([...labels].sort()).toEqual(['account', 'direction', 'protocol', 'version']);
});

test('an account name is data, not syntax', async () => {
  const store = freshStore(ordinaryConfiguration);
  const metrics = createMetrics('1');
  metrics.watch(store);
  const [first] = store.all('relays');
  store.patch('relays', first?.name ?? '', { account: 'a"} 1\nforged{x="\\' });
  expect(await samples(metrics, 'postern_sessions_open')).toContain(
    'postern_sessions_open{account="a\\"} 1\\nforged{x=\\"\\\\",protocol="imap"} 0',
  );
});
