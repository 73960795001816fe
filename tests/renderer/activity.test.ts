import { describe, expect, test } from 'vitest';
import type { ActivityRow } from '../../proxy/contract/index.ts';
import { activityFilters, describeActivity, filterActivity } from '../../renderer/activity/describe.ts';
import { activityCsv } from '../../renderer/activity/export-activity.ts';
import { crowdedStore } from './support/fake-crowd.ts';
import { busyStore } from './support/fake-state.ts';

const rows = busyStore().all('activity');

/** A row for this relay. */
function named(relay: string): ActivityRow {
  const common = { number: 1, at: '2026-11-21T10:00:00.000Z', relay, account: 'Work' };
  return { ...common, kind: 'refused', reason: 'upstream-timeout', message: '', code: 'server-timeout', facts: {} };
}

test('every row is said in words', () => {
  for (const row of rows) {
    const { title, text } = describeActivity(row);
    expect(title).not.toBe('');
    expect(`${title} ${text}`).not.toMatch(/undefined|\[object/);
  }
});

describe('filters', () => {
  test('together show every row once', () => {
    const [all, ...parts] = activityFilters.map((filter) => filterActivity(rows, filter, ''));
    expect(all).toEqual(rows);
    expect(parts.flat().length).toBe(rows.length);
  });

  test('search looks in account, relay and words, whatever the case', () => {
    expect(filterActivity(rows, 'all', 'CLUB')).toHaveLength(3);
    expect(filterActivity(rows, 'all', 'home-imap')).toHaveLength(3);
    expect(filterActivity(rows, 'refusals', 'no server named')).toHaveLength(2);
    expect(filterActivity(rows, 'all', 'nothing like it')).toEqual([]);
  });

  test('finds one of ten thousand', () => {
    const many = crowdedStore().store.all('activity');
    expect(filterActivity(many, 'all', 'event-7321.')).toMatchObject([{ number: 7321 }]);
  });
});

describe('export', () => {
  const lines = (text: string) => text.split('\r\n');

  test('a heading, a line for each row, and the mark of UTF-8', () => {
    const text = activityCsv(rows);
    expect(text.startsWith('\uFEFFTime,Account,Path,Event,')).toBe(true);
    expect(lines(text)).toHaveLength(rows.length + 2);
    expect(text).toContain('client-not-mail');
  });

  test('quotes and commas are kept, line ends and control characters are not', () => {
    const [, line] = lines(activityCsv([named('He said "no", and\r\nleft\u0007.')]));
    expect(line).toContain('"He said ""no"", and\ufffdleft\ufffd."');
  });

  test.each(['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)'])('%s is no formula', (name) => {
    const [, line = ''] = lines(activityCsv([named(name)]));
    expect(line).toMatch(/,"?'[=+\-@]/);
  });
});
