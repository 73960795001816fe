import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diagnose, fingerprintText } from '../../proxy/contract/index.ts';
import { catchNotifications, pressFirst, shownNotifications } from './support/caught-notifications.ts';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import type { FakeCore } from './support/fake-core.ts';
import { signedInCore } from './support/fake-sign-in.ts';
import { companyRoot } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

async function choose(page: Page, text: string): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add an authority …' }).click();
  const file = { name: 'root.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(text) };
  await (await choosing).setFiles(file);
}

describe('an authority of one’s own', () => {
  test('is shown with its fingerprint before it is trusted, listed, and taken out', async () => {
    const { page, core, complaints } = await windows.open('#/settings');
    await page.getByText('None have been added.').waitFor();
    await choose(page, '-----BEGIN CERTIFICATE-----');
    const dialog = page.getByRole('alertdialog');
    await dialog.getByRole('heading', { name: 'Trust Example Company Root to vouch for any server?' }).waitFor();
    expect(await read(dialog)).toContain(fingerprintText(companyRoot.fingerprint));
    // Cancel has the focus, so that pressing Enter trusts nothing.
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(core.configuration().certificateAuthorities).toEqual([]);

    await choose(page, '-----BEGIN CERTIFICATE-----');
    await dialog.getByRole('button', { name: 'Trust this authority' }).click();
    const listed = page.getByRole('list', { name: 'Authorities of your own' });
    await eventually(() => read(listed)).toContain('Example Company Root');
    expect(core.configuration().certificateAuthorities).toEqual(['authority-1.pem']);

    await page.getByRole('button', { name: 'Remove Example Company Root' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('None have been added.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a file that is none says so', async () => {
    const { page, core } = await windows.open('#/settings');
    await choose(page, 'hello');
    await page.getByRole('alert').filter({ hasText: 'Expected a certificate in PEM form' }).waitFor();
    expect(core.commands.map(({ name }) => name)).not.toContain('addAuthority');
  });
});

async function openCatching(permission: NotificationPermission, core?: FakeCore) {
  const opened = await windows.open('#/settings', core);
  await opened.page.addInitScript(catchNotifications, permission);
  await opened.page.reload();
  await opened.page.getByText('Notify me').waitFor();
  return opened;
}

describe('the browser’s notifications', () => {
  test('tell of a question, an alarm and a refusal, once each, and lead to the question', async () => {
    const { page, core } = await openCatching('granted');
    core.store.set('questions', questions.expired.id, questions.expired);
    await page.getByText('1 question waits', { exact: true }).first().waitFor({ state: 'attached' });
    expect(await shownNotifications(page)).toEqual([]);
    await page.getByText('Notify me').click();
    const toggle = page.getByRole('switch', { name: /^Notify me/ });
    await eventually(() => toggle.isChecked()).toBe(true);

    core.store.set('questions', questions.alarm.id, questions.alarm);
    const at = new Date(Date.now() + 60_000).toISOString();
    const diagnosis = diagnose({ code: 'captive-portal' }, { server: 'imap.example.org', port: 993 });
    const lastRefusal = { reason: 'tls-handshake-failed', message: '', at, diagnosis } as const;
    core.store.patch('relays', 'work-imap', { lastRefusal });
    // Tried again with the same result: nothing new.
    core.store.patch('relays', 'work-imap', {
      lastRefusal: { ...lastRefusal, at: new Date(Date.now() + 90_000).toISOString() },
    });
    await eventually(async () => (await shownNotifications(page)).map(({ title }) => title)).toEqual([
      `The connection to ${questions.alarm.host} may be intercepted`,
      'imap.example.org: nothing was sent',
    ]);
    await pressFirst(page);
    await page.getByRole('heading', { name: `The connection to ${questions.alarm.host} may be intercepted` }).waitFor();

    // The answer does not end the alarm, and is not new.
    await page.getByRole('button', { name: `Reject ${questions.alarm.host}` }).click();
    await page.getByText('You rejected what it shows').waitFor();
    expect(await shownNotifications(page)).toHaveLength(2);

    // This browser remembers it, and what was there before is not new.
    await page.reload();
    await page.locator('h1').waitFor();
    expect(await shownNotifications(page)).toEqual([]);
  });

  test('tell of an account that waits for its person, once for each time, and lead to its page', async () => {
    const { page, core } = await openCatching('granted', signedInCore());
    await page.getByText('Notify me').click();
    await eventually(() => page.getByRole('switch', { name: /^Notify me/ }).isChecked()).toBe(true);
    const signIn = { kind: 'oauth', user: 'alice@outlook.example' } as const;
    const needed = { reason: 'consent-gone', since: new Date().toISOString() } as const;
    const wait = () => core.store.patch('accounts', 'Hotmail', { signIn: { ...signIn, needed } });
    wait();
    // A step of the sign-in, and the mail program that was refused meanwhile, are no news.
    core.store.patch('accounts', 'Hotmail', {
      signIn: { ...signIn, needed: { ...needed, url: 'https://issuer.test/' } },
    });
    const at = new Date(Date.now() + 60_000).toISOString();
    const diagnosis = diagnose(
      { code: 'sign-in-needed', facts: { need: 'consent-gone' } },
      { server: 'imap.example.org', port: 993 },
    );
    core.store.patch('relays', 'hotmail-imap', {
      lastRefusal: { reason: 'sign-in-needed', message: '', at, diagnosis },
    });
    const notice = {
      title: 'Hotmail waits for you to sign in',
      body: 'Mail programs are asked to come back later until you do.',
    };
    await eventually(() => shownNotifications(page)).toEqual([notice]);
    await pressFirst(page);
    await page.getByRole('heading', { name: 'Hotmail', level: 1 }).waitFor();
    const wayOn = page.getByRole('link', { name: 'Open the provider’s page' });
    await wayOn.waitFor();

    core.store.patch('accounts', 'Hotmail', { signIn });
    await wayOn.waitFor({ state: 'detached' });
    wait();
    await eventually(() => shownNotifications(page)).toEqual([notice, notice]);
  });

  test('that the browser does not allow are said to be so, and stay off', async () => {
    const { page } = await openCatching('denied');
    await page.getByText('Notify me').click();
    await page.getByRole('alert').filter({ hasText: 'does not allow notifications' }).waitFor();
    expect(await page.getByRole('switch', { name: /^Notify me/ }).isChecked()).toBe(false);
  });
});
