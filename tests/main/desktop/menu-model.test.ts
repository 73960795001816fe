import { expect, test } from 'vitest';
import { type MenuEntry, menuModel } from '../../../main/desktop/menu-model.ts';
import { alarmRow, questionRow, relayRow, view, waitingRow } from './support.ts';

const labels = (entries: MenuEntry[]) => entries.map((entry) => (entry.separator ? '-' : entry.label));

test('how things are, a line for each relay, what waits, what can be done', () => {
  const entries = menuModel(view({ questions: [questionRow('abc')] }));
  expect(labels(entries)).toEqual([
    '1 question waits for you',
    '-',
    'imap: waits for your decision',
    '-',
    'Decide about imap.example.org…',
    '-',
    'Open Postern',
    'Pause: make no new connections',
    '-',
    'Quit Postern',
  ]);
  const actions = entries.flatMap((entry) => (entry.separator || !entry.action ? [] : [entry.action]));
  expect(actions).toEqual([
    { kind: 'open', place: { page: 'accounts', item: 'Work' } },
    { kind: 'open', place: { page: 'certificates', item: 'abc' } },
    { kind: 'open' },
    { kind: 'pause' },
    { kind: 'quit' },
  ]);
});

test('while the core is not there, nothing is offered that needs it', () => {
  const entries = menuModel(view({ status: 'restarting', questions: [questionRow('abc')] }));
  expect(labels(entries)).toEqual([
    'Starting again',
    '-',
    'imap: waits for your decision',
    '-',
    'Open Postern',
    '-',
    'Quit Postern',
  ]);
});

test('paused, it offers to go on', () => {
  expect(labels(menuModel(view({ paused: true })))).toContain('Go on');
});

test('without an account it says so', () => {
  expect(labels(menuModel(view({ relays: [] })))[2]).toBe('No account yet');
});

test('many relays and questions are counted, not listed', () => {
  const relays = Array.from({ length: 200 }, (_, number) => relayRow(`r${number}`));
  const questions = Array.from({ length: 50 }, (_, number) =>
    questionRow(`q${number}`, { host: `mail${number}.example` }),
  );
  const shown = labels(menuModel(view({ relays, questions })));
  expect(shown.length).toBeLessThan(30);
  expect(shown).toContain('and 188 more');
  expect(shown).toContain('and 45 more');
});

test('the ports of one server are one entry, and those of two accounts two', () => {
  const questions = ['a', 'b'].map((id, at) => questionRow(id, { port: 993 + at }));
  const other = questionRow('c', { account: 'Club' });
  const shown = labels(menuModel(view({ questions: [...questions, other] })));
  expect(shown.filter((label) => label === 'Decide about imap.example.org…')).toHaveLength(2);
  const alarms = ['d', 'e'].map((id, at) => alarmRow(id, { port: 993 + at }));
  const entries = menuModel(view({ questions: alarms }));
  expect(labels(entries).filter((label) => label.startsWith('Alarm about'))).toEqual(['Alarm about imap.example.org…']);
});

test('names are inert, and bounded', () => {
  const shown = labels(
    menuModel(
      view({
        relays: [relayRow(`a\u202eb\u0007${'x'.repeat(500)}`)],
        questions: [questionRow('q', { host: `\u0000${'y'.repeat(500)}` })],
      }),
    ),
  );
  expect(shown.filter((line) => /\p{Cc}|\p{Bidi_Control}/u.test(line))).toEqual([]);
  expect(shown.filter((line) => line.length > 120)).toEqual([]);
});

test('an account that waits for a sign-in leads to its page, while the core is there', () => {
  const accounts = [waitingRow('Work')];
  const entries = menuModel(view({ accounts }));
  expect(labels(entries).slice(0, 5)).toEqual([
    'Work waits for you to sign in',
    '-',
    'imap: waits for you to sign in',
    '-',
    'Sign in for Work…',
  ]);
  expect(entries[4]).toMatchObject({ action: { kind: 'open', place: { page: 'accounts', item: 'Work' } } });
  expect(labels(menuModel(view({ accounts, status: 'gone' })))).not.toContain('Sign in for Work…');
  const many = Array.from({ length: 50 }, (_, number) => waitingRow(`A${number}`));
  const shown = labels(menuModel(view({ accounts: many })));
  expect(shown.filter((label) => label.startsWith('Sign in for'))).toHaveLength(5);
  expect(shown).toContain('and 45 more');
});
