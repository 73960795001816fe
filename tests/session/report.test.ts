import { expect, test } from 'vitest';
import type { RelayRow, UntimedEvent, UpstreamProtection } from '../../proxy/contract/index.ts';
import { Refused } from '../../proxy/net/refused.ts';
import { openReport } from '../../proxy/session/report.ts';
import { createStateStore } from '../../proxy/state/store.ts';

const now = () => new Date('2026-11-21T12:00:00Z');
const relay = { name: 'r', account: 'a', protocol: 'imap' } as const;
const row: RelayRow = {
  ...relay,
  server: 's',
  port: 993,
  tls: 'implicit',
  listeners: [],
  sessionsOpen: 0,
  sessionsTotal: 0,
  refusalsTotal: 0,
  bytesUp: 0,
  bytesDown: 0,
  lastVerified: null,
  lastRefusal: null,
};
const protection = {
  tlsVersion: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  certificate: { fingerprint: 'ab' },
  trust: { kind: 'verified' },
  verifiedAt: '',
} as UpstreamProtection;

function open() {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  state.set('relays', 'r', row);
  const events: UntimedEvent[] = [];
  return { state, events, report: openReport('s1', relay, state, (event) => events.push(event), now) };
}

test('a session that goes well stands in the state while it lives, and in the counts after', () => {
  const { state, events, report } = open();
  expect(state.get('relays', 'r')).toMatchObject({ sessionsOpen: 1, sessionsTotal: 1 });
  report.verified(protection);
  report.phase('signed-in');
  report.progress(5, 6);
  expect(state.get('sessions', 's1')).toMatchObject({ phase: 'signed-in', protection, bytesUp: 5, bytesDown: 6 });
  report.closed('clean', 7, 8);
  expect(state.get('sessions', 's1')).toBeUndefined();
  expect(state.get('relays', 'r')).toMatchObject({
    sessionsOpen: 0,
    bytesUp: 7,
    bytesDown: 8,
    lastVerified: protection,
  });
  expect(events.map(({ event }) => event)).toEqual(['session-opened', 'session-verified', 'session-closed']);
  expect(events[2]).toMatchObject({ bytesUp: 7, bytesDown: 8, truncated: false });
});

test('a refusal is counted, kept as the last one, and told with its session', () => {
  const { state, events, report } = open();
  // What the mail program is told of it comes from us: nothing was carried.
  report.closed('refused', 3, 180);
  expect(state.get('relays', 'r')).toMatchObject({ bytesUp: 0, bytesDown: 0 });
  events.pop();
  const refused = new Refused('upstream-timeout', { code: 'server-timeout' }, { server: 's', port: 993 });
  const message =
    's did not answer in time on port 993. Check the port. Many networks block mail ports: try another network, or ask who runs this one.';
  report.refused(refused);
  expect(state.get('relays', 'r')).toMatchObject({
    refusalsTotal: 1,
    lastRefusal: { reason: 'upstream-timeout', message, at: now().toISOString(), diagnosis: refused.diagnosis },
  });
  expect(events[1]).toEqual({
    event: 'refused',
    relay: 'r',
    session: 's1',
    reason: 'upstream-timeout',
    message,
    code: 'server-timeout',
    facts: { server: 's', port: 993 },
  });
});

test('a refusal after the server was verified keeps what protected it; one before has nothing of the kind', () => {
  const refused = new Refused('upstream-sign-in-failed', { code: 'wrong-password' }, { server: 's', port: 993 });
  const after = open();
  after.report.verified(protection);
  after.report.refused(refused);
  expect(after.state.get('relays', 'r')?.lastRefusal).toMatchObject({ protection });
  const before = open();
  before.report.refused(refused);
  expect(before.state.get('relays', 'r')?.lastRefusal).not.toHaveProperty('protection');
});

test('nothing is said where nothing has changed, and a removed relay is no fault', () => {
  const { state, report } = open();
  const { revision } = state.snapshot();
  report.phase('connecting');
  report.progress(0, 0);
  expect(state.snapshot().revision).toBe(revision);
  state.remove('relays', 'r');
  report.closed('truncated', 1, 1);
  expect(state.all('relays')).toEqual([]);
});
