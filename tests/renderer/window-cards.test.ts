import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientCards } from '../../main/client-cards.ts';
import { isDevice } from '../../proxy/contract/index.ts';
import { createFakeCore } from './support/fake-core.ts';
import { busyStore, practice } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

async function choose(page: Page, id: string, name: string): Promise<void> {
  await page.getByLabel('Which mail program is it?').selectOption(id);
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

const card = (page: Page) => read(page.locator('.card-steps'));

describe('a card', () => {
  test('is a link away from the account, and says what to type where', async () => {
    const { page, complaints } = await windows.open('#/accounts/Work');
    await page.getByRole('link', { name: 'Step by step for your mail program' }).click();
    await page.getByRole('heading', { name: 'Your mail program' }).waitFor();
    expect(
      await page.locator('optgroup').evaluateAll((groups) => groups.map((group) => group.getAttribute('label'))),
    ).toEqual(['Mail programs', 'Devices that send']);
    const devices = clientCards().filter(isDevice).length;
    expect(await page.locator('optgroup').first().locator('option').count()).toBe(clientCards().length - devices);
    expect(await page.locator('optgroup').last().locator('option').count()).toBe(devices);
    await choose(page, 'outlook-express', 'Outlook Express 5 and 6');
    const text = await card(page);
    expect(text).toMatch(/2\. Tools › Accounts… › Mail › the account › Properties › Servers/);
    expect(text).toMatch(/My incoming mail server is a\s+choose IMAP/);
    expect(text).toMatch(/Incoming mail \(IMAP\)\s+type 127\.0\.0\.1\s+Copy/);
    expect(text).toMatch(/My server requires authentication\s+tick: on/);
    expect(text).toMatch(/Secure Password Authentication\s+tick: off/);
    expect(text).toMatch(/Outgoing mail \(SMTP\)\s+type 1587\s+Copy/);
    expect(text).toMatch(/Account name\s+type your user name/);
    await page.getByRole('link', { name: 'Back to the account' }).click();
    await page.getByRole('heading', { name: 'Type this into your mail program' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('has each value ready to copy, and says so', async () => {
    const { page } = await windows.open('#/accounts/Work?card');
    await page.context().grantPermissions(['clipboard-read']);
    await choose(page, 'sylpheed', 'Sylpheed');
    await page.getByRole('button', { name: 'Copy 1143 for “Specify IMAP4 port”' }).click();
    await page.getByRole('status').filter({ hasText: 'Copied: 1143' }).waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('1143');
    await page.getByRole('button', { name: 'Copy 1587 for “Specify SMTP port”' }).press('Enter');
    await page.getByRole('status').filter({ hasText: 'Copied: 1587' }).waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('1587');
    expect(await page.getByRole('button', { name: /your/ }).count()).toBe(0);
  });

  test('without the right to copy, says how to do it by hand', async () => {
    const { page } = await windows.open('#/accounts/Work?card');
    await choose(page, 'sylpheed', 'Sylpheed');
    await page.evaluate(() => {
      document.execCommand = () => false;
    });
    await page.getByRole('button', { name: 'Copy 1143 for “Specify IMAP4 port”' }).click();
    const said = page.getByText('It could not be copied. Select it and press Ctrl and C.');
    await said.waitFor();
    expect(await said.isVisible()).toBe(true);
  });

  test('goes on paper without what is only for the screen', async () => {
    const { page } = await windows.open('#/accounts/Work?card');
    await choose(page, 'mutt', 'mutt');
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute('data-printed', 'yes');
    });
    await page.getByRole('button', { name: 'Print' }).click();
    expect(await page.locator('body').getAttribute('data-printed')).toBe('yes');
    await page.emulateMedia({ media: 'print' });
    for (const hidden of [page.getByRole('button', { name: 'Print' }), page.locator('.side'), page.locator('select')]) {
      expect(await hidden.isVisible()).toBe(false);
    }
    expect(await page.getByText('Copy', { exact: true }).first().isVisible()).toBe(false);
    expect(await card(page)).toContain('"imap://127.0.0.1:1143/"');
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
  });

  test('asks how mail is read where the account has both ways', async () => {
    const core = createFakeCore(busyStore());
    const before = core.configuration();
    const [work, ...others] = before.accounts;
    if (!work?.relays[0]) throw new Error('no account to change');
    const pop3 = { ...work.relays[0], name: 'work-pop3', protocol: 'pop3' as const, listen: '127.0.0.1:1111' };
    const accounts = [{ ...work, relays: [...work.relays, pop3] }, ...others];
    await core.command('configure', { configuration: { ...before, accounts } });
    const { page } = await windows.open('#/accounts/Work?card', core);
    expect(await page.getByText('How is mail read?').count()).toBe(0);
    await choose(page, 'the-bat', 'The Bat!');
    expect(await card(page)).toMatch(/Protocol\s+choose IMAP4/);
    await page.getByText('mail is moved to this computer').click();
    await page.getByText('1111').waitFor();
    expect(await card(page)).toMatch(/Protocol\s+choose POP3/);
  });

  test('says what will not work', async () => {
    const { page } = await windows.open('#/accounts/Club?card');
    await choose(page, 'claris-emailer', 'Claris Emailer 2');
    await page.getByText('The account has no path for sending mail with this program.').waitFor();
    await page.getByText('always uses 110, but club-pop3 listens on 1110.').waitFor();
    await page.getByText('Nobody has checked these labels against the program yet').waitFor();
    await page.getByLabel('Which mail program is it?').selectOption('scanner');
    await page.getByText('This account has nothing that this program could use.').waitFor();
    expect(await page.locator('.card-steps').count()).toBe(0);
  });

  test('of the practice account knows the user name', async () => {
    const store = busyStore();
    store.patch('core', 'core', { practice: { ...practice, account: 'Club', user: 'ada@practice' } });
    const { page } = await windows.open('#/accounts/Club?card', createFakeCore(store));
    await choose(page, 'pegasus', 'Pegasus Mail 4');
    await page.getByRole('button', { name: 'Copy ada@practice for “User name”' }).waitFor();
    expect(await card(page)).not.toContain('your user name');
  });
});
