import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, SessionRow } from '../../proxy/contract/index.ts';
import { createStateStore } from '../../proxy/state/store.ts';

const core = { version: '0', startedAt: '', paused: false, questionsDropped: 0, warnings: [] };
const row = (id: string, bytesUp = 0): SessionRow => ({
  id,
  relay: 'r',
  account: 'a',
  openedAt: '',
  phase: 'connecting',
  protection: null,
  bytesUp,
  bytesDown: 0,
});

test('a snapshot and the changes after it give the state, without a gap in the revisions', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), remove: fc.boolean(), bytes: fc.nat() });
  fc.assert(
    fc.property(fc.array(step), fc.nat({ max: 20 }), (steps, joinAt) => {
      const store = createStateStore(core);
      let copy = store.snapshot();
      const changes: Change[] = [];
      steps.forEach(({ key, remove, bytes }, index) => {
        if (index === joinAt) {
          copy = store.snapshot();
          store.subscribe((change) => changes.push(change));
        }
        if (remove) store.remove('sessions', key);
        else store.set('sessions', key, row(key, bytes));
      });
      if (steps.length <= joinAt) return;
      const sessions = { ...copy.tables.sessions };
      let { revision } = copy;
      for (const change of changes) {
        expect(change.revision).toBe(revision + 1);
        revision = change.revision;
        if (change.table !== 'sessions') continue;
        if (change.row) sessions[change.key] = change.row;
        else delete sessions[change.key];
      }
      expect({ revision, sessions }).toEqual({
        revision: store.snapshot().revision,
        sessions: store.snapshot().tables.sessions,
      });
    }),
  );
});

test('a patch changes the fields that it names, of a row that is there', () => {
  const store = createStateStore(core);
  store.set('sessions', 'a', row('a'));
  store.patch('sessions', 'a', { bytesUp: 7 });
  store.patch('sessions', 'b', { bytesUp: 7 });
  expect(store.all('sessions')).toEqual([row('a', 7)]);
});

test('removing what is not there is no change, and an ended subscription hears nothing', () => {
  const store = createStateStore(core);
  const heard: Change[] = [];
  const end = store.subscribe((change) => heard.push(change));
  store.remove('sessions', 'a');
  expect(heard).toEqual([]);
  end();
  store.set('sessions', 'a', row('a'));
  expect(heard).toEqual([]);
});
