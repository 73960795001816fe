import { expect, test } from 'vitest';
import { statusLine } from '../../../main/service/told.ts';
import { createStateStore } from '../../../proxy/state/store.ts';

test('how many listen, what waits, and that nothing is carried', () => {
  const state = createStateStore({ version: '1', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  expect(statusLine(state)).toBe('0 relays listening');
  const relay = (name: string, kind: 'listening' | 'starting') =>
    state.set('relays', name, {
      ...{ name, account: 'Work', protocol: 'imap', server: 's.example', port: 993, tls: 'implicit' },
      ...{ listeners: [{ address: '127.0.0.1', port: 1, status: { kind } }], sessionsOpen: 0, sessionsTotal: 0 },
      ...{ refusalsTotal: 0, bytesUp: 0, bytesDown: 0, lastVerified: null, lastRefusal: null },
    });
  relay('one', 'listening');
  expect(statusLine(state)).toBe('1 relay listening');
  relay('two', 'starting');
  state.patch('core', 'core', { paused: true });
  expect(statusLine(state)).toBe('1 of 2 relays listening, paused');
});
