import { closeSync, fstatSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isJournal, journalFields, journalLine } from '../../../main/service/journal.ts';

test('the journal is told by its file, not by the variable alone', () => {
  const file = openSync(import.meta.filename, 'r');
  try {
    const { dev, ino } = fstatSync(file);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, file)).toBe(true);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino + 1}` }, file)).toBe(false);
    expect(isJournal({}, file)).toBe(false);
  } finally {
    closeSync(file);
  }
});

test('one line: priority, sentence, fields; no time, and no line end of a message in it', () => {
  const time = '2026-11-27T12:00:00.000Z';
  expect(
    journalLine({
      ...{ time, event: 'refused', relay: 'work', session: 's1', reason: 'upstream-timeout', message: 'One.\nTwo.' },
      ...{ code: 'server-timeout', facts: {} },
    } as Parameters<typeof journalLine>[0]),
  ).toBe(
    '<4>work: refused. One.; Two. [event=refused relay="work" session="s1" reason="upstream-timeout" code="server-timeout"]',
  );
  expect(journalLine({ time, event: 'session-opened', relay: 'work', session: 's1' })).toBeNull();
  expect(journalLine({ time, event: 'ready', window: 'http://127.0.0.1/?token=secret' })).toBe(
    '<5>Ready. [event=ready]',
  );
});

test('fields of the journal’s own: names in capitals, lists as JSON, no link to the window and nothing twice', () => {
  const time = '2026-11-27T12:00:00.000Z';
  expect(
    journalFields({
      ...{
        time,
        event: 'refused',
        relay: 'work',
        session: 's1',
        reason: 'certificate-undecided',
        message: 'One.\nTwo.',
      },
      ...{ code: 'self-signed', facts: {}, problems: ['expired', 'self-signed'], times: 3 },
    } as unknown as Parameters<typeof journalFields>[0]),
  ).toEqual({
    ...{ MESSAGE: 'work: refused. One.\nTwo.', PRIORITY: '4', SYSLOG_IDENTIFIER: 'postern', POSTERN_EVENT: 'refused' },
    ...{ POSTERN_RELAY: 'work', POSTERN_SESSION: 's1', POSTERN_REASON: 'certificate-undecided' },
    ...{ POSTERN_CODE: 'self-signed', POSTERN_PROBLEMS: '["expired","self-signed"]', POSTERN_TIMES: '3' },
  });
  expect(journalFields({ time, event: 'session-opened', relay: 'work', session: 's1' })).toBeNull();
  expect(journalFields({ time, event: 'ready', window: 'http://127.0.0.1/?token=secret' })).not.toHaveProperty(
    'POSTERN_WINDOW',
  );
});
