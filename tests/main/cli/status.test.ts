import { expect, test } from 'vitest';
import { accountsLines } from '../../../main/cli/accounts-lines.ts';
import { statusLines } from '../../../main/cli/status.ts';
import { diagnose, practiceServer, type RelayRow } from '../../../proxy/contract/index.ts';
import { createStateStore, type StateStore } from '../../../proxy/state/store.ts';
import { questions } from '../../renderer/support/fake-certificates.ts';
import { ago, busyStore, protection } from '../../renderer/support/fake-state.ts';

function busyRelay(store: StateStore): RelayRow {
  const row = store.get('relays', 'work-smtp');
  if (!row) throw new Error('There is no such relay.');
  return row;
}

/** The output about one relay below "Is it encrypted?". */
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

test('while Postern is paused nobody is let in, so nothing is encrypted now; earlier it was', () => {
  const store = busyStore();
  store.patch('core', 'core', { paused: true });
  expect(evidence(store, 'work-imap')).toContain('Postern is paused, and makes no new connections. Earlier ones were');
  const said = statusLines(store.snapshot(), 1, ' --data-dir /srv/mail').join('\n');
  expect(said).not.toMatch(/: +yes,/);
  expect(said).toContain('To go on: postern resume --data-dir /srv/mail\n');
});

test('says whose times those are', () => {
  expect(statusLines(busyStore().snapshot(), 1)).toContainEqual(
    expect.stringMatching(/^Times are this computer’s own \(UTC[+-]\d\d:\d\d\)\.$/),
  );
});

test('an alarm is said once for a server, however many of its ports it is at', () => {
  const store = busyStore();
  for (const [index, port] of [993, 995, 587].entries()) {
    const id = `cccccccc0${index}`;
    const { account, host, problems, certificate } = questions.alarm;
    const decidedAt = new Date().toISOString();
    store.set('relays', `mail-${port}`, { ...busyRelay(store), name: `mail-${port}`, server: host, port });
    store.set('servers', id, { id, account, host, port, certificate, lastVerifiedAt: ago(9000) });
    store.set('decisions', id, { id, account, host, port, decision: 'reject', problems, certificate, decidedAt });
  }
  const said = statusLines(store.snapshot(), 1).filter((line) => line.startsWith('ALARM'));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^ALARM, account Work: the connection to smtp\.example\.org may .* You rejected what it shows /,
  );
});

test('encryption that has vanished is an alarm, too', () => {
  const store = busyStore();
  store.patch('relays', 'work-imap', { encryptionVanishedAt: ago(1) });
  expect(statusLines(store.snapshot(), 1).filter((line) => line.startsWith('ALARM'))).toEqual([
    'ALARM, account Work: the connection to imap.example.org may be intercepted. The server offered encryption before, and now it does not. Nothing was sent.',
  ]);
});

test('a refusal has its stable code, and says if it is from before the start; one that is over says nothing', () => {
  const store = busyStore();
  const diagnosis = diagnose({ code: 'plaintext-only' }, { server: 'imap.example.org', port: 143 });
  const refusal = { reason: 'starttls-not-offered' as const, message: '', at: ago(1), diagnosis };
  const said = () => statusLines(store.snapshot(), 1).filter((line) => line.includes('work-imap was last refused'));
  store.patch('relays', 'work-imap', { lastRefusal: refusal });
  expect(said()).toEqual([expect.stringMatching(/ last refused \d{4}-\d\d-\d\d \d\d:\d\d: .*\. \[plaintext-only\] /)]);
  store.patch('relays', 'work-imap', { lastRefusal: { ...refusal, beforeStart: true } });
  expect(said()).toEqual([expect.stringMatching(/ \d\d:\d\d, before Postern was started: .* \[plaintext-only\] /)]);
  store.patch('relays', 'work-imap', { lastVerified: protection('imap.example.org', { verifiedAt: ago(0) }) });
  expect(said()).toEqual([]);
});

test('a password that the practice server refused: the right one, and no word of a provider', () => {
  const store = busyStore();
  const diagnosis = diagnose({ code: 'wrong-password' }, { server: practiceServer.host, port: 993 });
  const refusal = { reason: 'upstream-sign-in-failed' as const, message: '', at: ago(1), diagnosis };
  store.patch('relays', 'work-imap', { lastRefusal: refusal });
  const said = statusLines(store.snapshot(), 1).find((line) => line.includes('work-imap was last refused')) ?? '';
  expect(said).toContain(`user name ${practiceServer.user} and the password “${practiceServer.password}”`);
  expect(said).not.toContain('app password');
});

test('what the core warns of, such as a file that was changed by hand, is said of the accounts, too', () => {
  const warnings = ['/x/config.json was changed by hand while Postern runs.'];
  const store = busyStore();
  store.patch('core', 'core', { warnings });
  const empty = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings });
  for (const { snapshot } of [store, empty]) {
    for (const lines of [statusLines(snapshot(), 1), accountsLines(snapshot(), '')]) {
      expect(lines).toContain(`Warning: ${warnings[0]}`);
    }
  }
  store.patch('core', 'core', { warnings: [] });
  expect(accountsLines(store.snapshot(), '').join()).not.toContain('Warning');
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
