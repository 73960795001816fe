import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cutOff } from './support/cut-off.ts';
import { eventually } from './support/eventually.ts';
import { createFakeCore } from './support/fake-core.ts';
import { crowdedStore } from './support/fake-crowd.ts';
import { ago, busyStore } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const refusal = (number: number) =>
  ({
    number,
    at: ago(0),
    relay: 'work-imap',
    account: 'Work',
    kind: 'refused',
    reason: 'tls-too-old',
    message: '',
    code: 'tls-too-old',
    facts: { server: `refusal-${number}.example.org`, port: 993 },
  }) as const;

describe('activity', () => {
  test.each([1200, 480])(
    'no title and no time is cut off at %i px, also where the clock says AM and PM',
    async (width) => {
      // The longest time of the language.
      const twelveHours = { locale: 'en-US', timezoneId: 'UTC' };
      const { page, core } = await windows.open('#/activity', createFakeCore(busyStore()), twelveHours);
      await page.setViewportSize({ width, height: 800 });
      const codes = ['stored-sign-in-refused', 'other-user', 'not-a-mail-server', 'device-not-allowed'] as const;
      for (const [index, code] of codes.entries()) {
        core.store.set('activity', String(12 + index), { ...refusal(12 + index), code, at: '2026-11-16T22:48:58Z' });
      }
      await page.getByText('A computer that may not use this path connected').waitFor();
      expect(await page.getByRole('option').first().locator('time').textContent()).toMatch(/^10:48:58\sPM$/);
      const cut = await page.locator('.log-row :is(.mark > span, time)').evaluateAll((texts) =>
        texts
          .filter((text) => {
            const { top, bottom } = text.getBoundingClientRect();
            const row = text.closest('.log-row')?.getBoundingClientRect();
            const outside = !row || top < row.top || bottom > row.bottom;
            return outside || text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight;
          })
          .map((text) => text.textContent),
      );
      expect(cut).toEqual([]);
      expect(await cutOff(page)).toEqual([]);
    },
  );

  test('shows what is open and what happened, live', async () => {
    const { page, core, complaints } = await windows.open('#/activity');
    await page.getByText('Open now (3)').waitFor();
    await page.getByText('11 events').waitFor();
    core.store.set('activity', '12', refusal(12));
    core.store.remove('sessions', 's3');
    await page.getByRole('option').first().getByText('The server’s encryption is out of date').waitFor();
    await page.getByText('Open now (2)').waitFor();
    expect(complaints).toEqual([]);
  });

  test('filters by kind and by words', async () => {
    const { page } = await windows.open('#/activity');
    await page.getByRole('radio', { name: 'Refusals' }).click();
    await page.getByText('3 events of 11').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('web page');
    await page.getByText('1 event of 11').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('nothing like it');
    await page.getByText('Nothing matches.').waitFor();
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await page.getByText('3 events of 11').waitFor();
    expect(await page.getByRole('option').count()).toBe(3);
  });

  test('arrow keys choose an event and show all of it', async () => {
    const { page } = await windows.open('#/activity');
    const list = page.getByRole('listbox', { name: 'Events, newest first' });
    await list.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const chosen = page.getByRole('option', { selected: true });
    expect(await chosen.getAttribute('aria-posinset')).toBe('2');
    expect(await list.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
    const detail = page.getByRole('region', { name: 'Details' });
    await detail.getByText('upstream-unreachable', { exact: true }).waitFor();
    expect(await read(detail)).toContain('What to do:');
    await page.keyboard.press('End');
    expect(await page.getByRole('option', { selected: true }).getAttribute('aria-posinset')).toBe('11');
  });

  test('exports what is shown', async () => {
    const { page } = await windows.open('#/activity');
    await page.getByRole('radio', { name: 'Refusals' }).click();
    await page.getByText('3 events of 11').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^postern-activity-[\d-]+\.csv$/);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('upstream-unreachable');
  });
});

describe('200 accounts, 500 sessions, 10,000 events', () => {
  test('only what is in sight is drawn, and every row can be reached', async () => {
    const { store, configuration } = crowdedStore();
    const { page, core, complaints } = await windows.open('#/activity', createFakeCore(store, configuration));
    await page.getByText('10,000 events').waitFor();
    const drawn = await page.getByRole('option').count();
    expect(drawn).toBeGreaterThan(5);
    expect(drawn).toBeLessThan(60);
    expect(await page.locator('.session').count()).toBeLessThan(60);
    const list = page.getByRole('listbox');
    await list.focus();
    await page.keyboard.press('End');
    const last = page.getByRole('option', { selected: true });
    await last.getByText('event-1.example.org').waitFor();
    expect(await last.getAttribute('aria-posinset')).toBe('10000');
    // New rows at the top do not move what is being read.
    await eventually(() => last.evaluate((row) => row.getBoundingClientRect().top)).toBeGreaterThan(0);
    const place = await last.evaluate((row) => row.getBoundingClientRect().top);
    for (let number = 10_001; number <= 10_050; number += 1)
      core.store.set('activity', String(number), refusal(number));
    await page.getByText('10,050 events').waitFor();
    await eventually(() => last.evaluate((row) => row.getBoundingClientRect().top)).toBe(place);
    expect(complaints).toEqual([]);
  });

  test('accounts are found by a search', async () => {
    const { store, configuration } = crowdedStore();
    const { page } = await windows.open('#/accounts', createFakeCore(store, configuration));
    expect(await page.locator('.account-line').count()).toBeLessThan(60);
    await page.getByRole('searchbox', { name: 'Find an account' }).fill('imap187.example');
    await page.getByRole('link', { name: /^Account 187/ }).click();
    await page.getByRole('heading', { name: 'Account 187' }).waitFor();
  });
});
