import { expect, test } from 'vitest';
import { diagnose, type RefusalReason, type RelayRow, refusalReasons } from '../proxy/contract/index.ts';
import { clearStaleRefusals, settleRefusals } from '../proxy/stale-refusals.ts';
import { createStateStore } from '../proxy/state/store.ts';

test('what may be due to the network is taken back, what was refused for safety stands', () => {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  for (const reason of refusalReasons) {
    const diagnosis = diagnose({ code: 'server-closed' });
    const row = { name: reason, lastRefusal: { reason, message: '', at: '', diagnosis } } as RelayRow;
    state.set('relays', reason, row);
  }
  state.set('relays', 'fine', { name: 'fine', lastRefusal: null } as RelayRow);
  clearStaleRefusals(state);
  const cleared = state.all('relays').filter(({ lastRefusal }) => !lastRefusal);
  const network: RefusalReason[] = ['upstream-unreachable', 'upstream-timeout', 'upstream-closed'];
  expect(cleared.map(({ name }) => name).sort()).toEqual([...network, 'fine'].sort());
});

test('once a person has decided, no refusal says that something waits for an answer', () => {
  const decision = {
    id: 'aabbccdd00112233',
    account: 'Home',
    host: 'NAS.home.example',
    port: 993,
    problems: ['self-signed' as const],
  };
  const refused = (code: 'self-signed' | 'certificate-turned-bad') =>
    ({
      name: 'r',
      account: 'Home',
      server: 'nas.home.example',
      port: 993,
      lastRefusal: { reason: 'certificate-undecided', message: '', at: 'then', diagnosis: diagnose({ code }) },
    }) as RelayRow;
  const after = (row: RelayRow, word: 'reject' | 'once' | 'always') => {
    const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
    state.set('relays', 'r', row);
    settleRefusals(state, { ...decision, decision: word });
    return state.get('relays', 'r')?.lastRefusal;
  };
  expect(after(refused('self-signed'), 'always')).toBeNull();
  expect(after(refused('self-signed'), 'once')).toBeNull();
  expect(after(refused('self-signed'), 'reject')).toMatchObject({
    reason: 'certificate-rejected',
    at: 'then',
    diagnosis: {
      code: 'certificate-rejected',
      sentence: 'You rejected the certificate of nas.home.example. Nothing was sent.',
    },
  });
  // What may be an interception continues to be reported.
  expect(after(refused('certificate-turned-bad'), 'reject')).toMatchObject({
    diagnosis: { code: 'certificate-turned-bad' },
  });
  // The refusals of another account or server are not affected.
  for (const other of [{ account: 'Work' }, { port: 995 }, { server: 'imap.example.org' }]) {
    const row = { ...refused('self-signed'), ...other };
    expect(after(row, 'always')).toEqual(row.lastRefusal);
  }
});
