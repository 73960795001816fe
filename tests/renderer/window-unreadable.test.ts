import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import { createFakeCore } from './support/fake-core.ts';
import { askingStore, busyStore } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

// Rows that no core sends: a part of the window that cannot be drawn must not take the rest with it.

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

/** Something of a row that is not there, against the contract. */
const missing = undefined as never;

const menu = (page: Page) => page.getByRole('navigation', { name: 'Pages' });
const goTo = (page: Page, name: string) => menu(page).getByRole('link', { name }).click();
const main = (page: Page) => page.getByRole('main');

test('a relay, a session, an event or an account that cannot be shown says so, and its neighbours stay', async () => {
  const store = busyStore();
  const { lastVerified } = store.get('relays', 'club-pop3') ?? {};
  store.patch('relays', 'club-pop3', { lastVerified: { ...lastVerified, trust: missing } as never });
  store.patch('sessions', 's1', { account: missing });
  const { page, core, complaints } = await windows.open('#/overview', createFakeCore(store));
  const club = page.getByRole('region', { name: 'Club' });
  await club.getByText('Cannot be shown: club-pop3').waitFor();
  await page.getByRole('region', { name: 'Home' }).waitFor();
  await page.getByRole('img', { name: 'No mail moved' }).waitFor();
  // React says what went wrong where the browser keeps such things.
  expect(complaints.join()).toMatch(/TypeError/);
  core.store.patch('relays', 'club-pop3', { lastVerified: lastVerified ?? null });
  await club.getByRole('article', { name: 'Fetching mail, club-pop3' }).waitFor();

  store.set('activity', '9999', { ...store.get('activity', '1'), number: 9999, kind: 'of another version' } as never);
  await goTo(page, 'Activity');
  await page.getByText('This entry cannot be shown.').waitFor();
  expect(await page.getByRole('option').count()).toBeGreaterThan(3);
  await page.getByRole('option').first().click();
  await page.getByText('Cannot be shown: ').last().waitFor();
  await page.getByRole('option').nth(1).click();
  const open = page.getByRole('region', { name: 'Open connections, ' });
  expect(await read(open.getByRole('listitem').first())).toMatch(/^Cannot be shown: s1\n/);
  expect(await read(open.getByRole('listitem').nth(1))).not.toContain('Cannot');

  core.store.patch('relays', 'club-pop3', { listeners: missing });
  await goTo(page, 'Accounts');
  await main(page).getByText('Cannot be shown: Club').waitFor();
  await main(page).getByRole('link', { name: /^Home/ }).waitFor();
});

test('a page that cannot be shown says so under its name; the others work, and it is tried again', async () => {
  const { page, core } = await windows.open();
  const { listeners } = core.store.get('relays', 'club-pop3') ?? {};
  core.store.patch('relays', 'club-pop3', { listeners: missing });
  await page.getByText('This page cannot be shown.').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual(['Overview']);
  await goTo(page, 'Settings');
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  expect(await read(main(page))).not.toContain('cannot be shown');
  await goTo(page, 'Overview');
  await page.getByText('This page cannot be shown.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('This page cannot be shown.').waitFor();
  core.store.patch('relays', 'club-pop3', { listeners: listeners ?? [] });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('region', { name: 'Club' }).waitFor();
});

test('a question that cannot be shown is said to wait; where none can be told from another, every page says so', async () => {
  const store = askingStore();
  const { page, core } = await windows.open('#/certificates', createFakeCore(store));
  store.patch('questions', questions.alarm.id, { details: missing });
  const waiting = page.getByRole('region', { name: 'Waiting for you' });
  await page.goto(`${page.url().split('#')[0]}#/certificates/${questions.alarm.id}`);
  await waiting.getByText(`Cannot be shown: ${questions.alarm.host}`).waitFor();
  expect(await waiting.getByRole('listitem').count()).toBe(3);

  await goTo(page, 'Settings');
  store.patch('questions', questions.alarm.id, { history: missing });
  const said = page.getByText('This window cannot tell whether a question waits for you.');
  await said.waitFor();
  await menu(page).getByRole('link', { name: 'Certificates it is not known whether a question waits' }).waitFor();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await eventually(() => page.title()).toBe('Settings – Postern');
  core.store.remove('questions', questions.alarm.id);
  await said.waitFor({ state: 'detached' });
  await eventually(() => page.title()).toBe('(3) Settings – Postern');
});

test('where not even the frame can be drawn, the window says so, and can be loaded again', async () => {
  const { page } = await windows.open();
  await page.evaluate(() => {
    window.encodeURIComponent = () => {
      throw new Error('broken');
    };
    window.location.hash = '#/accounts/Work';
  });
  await page.getByRole('heading', { level: 1, name: 'This window cannot be shown' }).waitFor();
  expect(await read(main(page))).toContain('Mail is not affected.');
  await page.getByRole('button', { name: 'Load it again' }).click();
  await page.getByRole('heading', { level: 1, name: 'Work' }).waitFor();
});
