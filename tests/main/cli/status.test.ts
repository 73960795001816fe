import { expect, test } from 'vitest';
import { statusLines } from '../../../main/cli/status.ts';
import { diagnose } from '../../../proxy/contract/index.ts';
import type { StateStore } from '../../../proxy/state/store.ts';
import { questions } from '../../renderer/support/fake-certificates.ts';
import { ago, busyStore, protection } from '../../renderer/support/fake-state.ts';

/** What is said of one relay below "Is it encrypted?". */
function evidence(store: StateStore, relay: string): string {
  const lines = statusLines(store.snapshot(), 1);
  return lines.findLast((line) => line.startsWith(`    ${relay}:`)) ?? '';
}

test.each(['alarm', 'changed'] as const)('during a question (%s) nothing is encrypted now; earlier it was', (kind) => {
  const store = busyStore();
  expect(evidence(store, 'work-imap')).toContain('yes, verified');
  store.set('questions', 'q', { ...questions[kind], account: 'Work', relays: ['work-imap'] });
  expect(evidence(store, 'work-imap')).toContain('new connections are stopped. Earlier ones were encrypted: verified');
  expect(evidence(store, 'work-imap')).not.toContain('yes');
});

test('a refusal stops what is encrypted only where the server was not verified', () => {
  const store = busyStore();
  const refusal = {
    reason: 'upstream-sign-in-failed' as const,
    message: '',
    at: ago(1),
    diagnosis: diagnose({ code: 'wrong-password' }),
  };
  store.patch('relays', 'work-imap', { lastRefusal: refusal });
  expect(evidence(store, 'work-imap')).toContain('new connections are stopped');
  store.patch('relays', 'work-imap', { lastRefusal: { ...refusal, protection: protection('imap.example.org') } });
  expect(evidence(store, 'work-imap')).toContain('yes, verified');
});
