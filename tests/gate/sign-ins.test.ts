import { beforeEach, expect, test } from 'vitest';
import type { AccountConfiguration, UntimedEvent } from '../../proxy/contract/index.ts';
import { createSignIns, type SignIns } from '../../proxy/gate/sign-ins.ts';
import { createStateStore, type StateStore } from '../../proxy/state/store.ts';

const at = '2026-11-27T12:00:00.000Z';
const stored: AccountConfiguration = { name: 'Club', signIn: { kind: 'stored', user: 'alice' }, relays: [] };
const open = new AbortController().signal;
let state: StateStore;
let signIns: SignIns;
let events: UntimedEvent[];

beforeEach(() => {
  state = createStateStore({ version: '', startedAt: at, paused: false, questionsDropped: 0, warnings: [] });
  events = [];
  signIns = createSignIns(
    state,
    (event) => events.push(event),
    () => new Date(at),
  );
  signIns.settle([stored, { name: 'Old', relays: [] }]);
});

const rowOf = (name: string) => state.get('accounts', name)?.signIn;

test('every account has a row, and loses what was needed with another sign-in', () => {
  expect(rowOf('Club')).toEqual({ kind: 'stored', user: 'alice' });
  expect(rowOf('Old')).toEqual({ kind: 'pass-through', user: null });
  signIns.need('Club', 'password-missing');
  signIns.settle([stored]);
  expect(rowOf('Club')?.needed).toEqual({ reason: 'password-missing', since: at });
  expect(rowOf('Old')).toBeUndefined();
  signIns.settle([{ ...stored, signIn: { kind: 'stored', user: 'bob' } }]);
  expect(rowOf('Club')).toEqual({ kind: 'stored', user: 'bob' });
});

test('what is needed is told once, and again with an address', () => {
  signIns.need('Club', 'consent-gone');
  signIns.need('Club', 'consent-gone');
  signIns.need('Club', 'consent-gone', { url: 'https://issuer.test/a' });
  signIns.need('Nobody', 'consent-gone');
  expect(events).toEqual([
    { event: 'sign-in-needed', account: 'Club', reason: 'consent-gone' },
    { event: 'sign-in-needed', account: 'Club', reason: 'consent-gone', url: 'https://issuer.test/a' },
  ]);
});

test('whoever waits goes on when it is given, and no longer than its time', async () => {
  signIns.need('Club', 'password-missing');
  const waiting = [signIns.untilGiven('Club', 60_000, open), signIns.untilGiven('Club', 60_000, open)];
  const other = signIns.untilGiven('Old', 0, open);
  signIns.given('Club');
  expect(await Promise.all(waiting)).toEqual([true, true]);
  expect(await other).toBe(false);
  expect(rowOf('Club')?.needed).toBeUndefined();
  expect(events.at(-1)).toEqual({ event: 'signed-in', account: 'Club' });
});

test('who hangs up waits no more', async () => {
  const gone = new AbortController();
  const waiting = signIns.untilGiven('Club', 60_000, gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(signIns.untilGiven('Club', 60_000, gone.signal)).rejects.toThrow('gone');
});

test('what the server takes is needed no more, and warnings come and go', () => {
  signIns.need('Club', 'password-refused');
  signIns.accepted('Club');
  expect(rowOf('Club')).toEqual({ kind: 'stored', user: 'alice', signedInAt: at });
  signIns.warn('Club', ['Soon.']);
  expect(rowOf('Club')?.warnings).toEqual(['Soon.']);
  signIns.warn('Club', []);
  expect(rowOf('Club')?.warnings).toBeUndefined();
  for (const act of [signIns.given, signIns.accepted]) expect(() => act('Nobody')).not.toThrow();
  signIns.warn('Nobody', ['Soon.']);
});
