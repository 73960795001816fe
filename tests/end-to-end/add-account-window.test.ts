/** Adding an account by its address in the window of the built product, in a small internet, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountConfiguration, Configuration } from '../../proxy/contract/index.ts';
import { createInternet, saying, settingsFile } from '../discovery/support/internet.ts';
import { type Visit, visit } from '../discovery/support/visit.ts';
import { launchBrowser, read } from '../renderer/support/window.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';

const net = createInternet();
let browser: Browser;
beforeAll(async () => {
  for (const [protocol, label, port] of [
    ['imap', '_imaps', 993],
    ['smtp', '_submissions', 465],
  ] as const) {
    await net.mail(`${protocol}.own.test`, protocol, 'implicit');
    net.srv(`${label}._tcp.own.test`, `${protocol}.own.test`, port);
    net.srv(`${label}._tcp.foreign.test`, `${protocol}.own.test`, port);
  }
  const plain = { type: 'imap', hostname: 'mx.plain.test', port: 143, socketType: 'plain' };
  await net.web(['autoconfig.plain.test'], saying(settingsFile('plain.test', [plain])));
  await net.mail('imap.rogue.test', 'imap', 'implicit', { names: ['other.test'] });
  await net.mail('smtp.rogue.test', 'smtp', 'starttls');
  await net.web(['autoconfig.stuck.test'], () => undefined);
  await net.start();
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** The window of a core that has just started. */
async function openWindow(place = visit(net)): Promise<{ page: Page; place: Visit; stop: () => Promise<void> }> {
  const { record, service } = await place.startCore();
  const { window } = await record.event('ready');
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(window ?? '');
  await page.getByRole('link', { name: 'Accounts' }).click();
  await page.getByRole('link', { name: 'Add an account' }).click();
  return {
    page,
    place,
    async stop() {
      await context.close();
      await service.stop();
    },
  };
}

async function find(page: Page, address: string): Promise<void> {
  await page.getByLabel('Your e-mail address').fill(address);
  await page.keyboard.press('Enter');
}

const accounts = (place: Visit) => (JSON.parse(place.configuration()) as Configuration).accounts;
/** Everything except this computer's ports, which depend on what else is running. */
const withoutPorts = (account: AccountConfiguration | undefined) => ({
  ...account,
  relays: account?.relays.map((relay) => ({ ...relay, listen: String(relay.listen).replace(/\d+$/, '') })),
});

describe('an address becomes an account', () => {
  test('that works at once, the same as the command makes', async () => {
    const { page, place, stop } = await openWindow();
    await find(page, 'user@own.test');
    await page.getByRole('heading', { name: 'These servers were found' }).waitFor();
    const steps = await read(page.getByRole('log', { name: 'Steps of the search' }));
    expect(steps).toContain('imap.own.test port 993 speaks IMAP; its certificate is verified');
    await page.getByRole('button', { name: 'Add this account' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    const values = await read(page.getByRole('region', { name: 'Type this into your mail program' }));
    const [account] = accounts(place);
    const port = String(account?.relays[0]?.listen).split(':').at(-1);
    expect(values).toMatch(new RegExp(`127\\.0\\.0\\.1[\\s\\S]*${port}[\\s\\S]*None`));
    const client = await RawClient.connect(Number(port));
    expect(await client.line()).toMatch(/^\* OK /);
    client.finish();
    await stop();
    const byCommand = visit(net);
    await byCommand.run('add', 'user@own.test', '--yes');
    expect(withoutPorts(accounts(byCommand)[0])).toEqual(withoutPorts(account));
  });

  test('after its foreign servers were confirmed', async () => {
    const { page, place, stop } = await openWindow();
    await find(page, 'user@foreign.test');
    await page.getByText('DNS alone says that imap.own.test is the server of user@foreign.test').waitFor();
    const add = page.getByRole('button', { name: 'Add this account' });
    expect(await add.isDisabled()).toBe(true);
    await page.getByText('Yes, imap.own.test is a server of my mail provider').click();
    expect(await add.isDisabled()).toBe(true);
    await page.getByText('Yes, smtp.own.test is a server of my mail provider').click();
    await add.click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(accounts(place)).toHaveLength(1);
    await stop();
  });
});

describe('nothing is written', () => {
  test('when the search is stopped', async () => {
    const { page, place, stop } = await openWindow();
    await find(page, 'user@stuck.test');
    await page.getByText('Asking stuck.test for its settings file').waitFor();
    await page.getByRole('button', { name: 'Stop looking' }).click();
    await page.getByRole('button', { name: 'Find the servers' }).waitFor();
    // The core is free for the next search.
    await find(page, 'user@own.test');
    await page.getByRole('heading', { name: 'These servers were found' }).waitFor();
    expect(accounts(place)).toEqual([]);
    await stop();
  });

  test('when the provider wants plaintext', async () => {
    const { page, place, stop } = await openWindow();
    await find(page, 'user@plain.test');
    await page.getByRole('heading', { name: 'No servers were found' }).waitFor();
    const found = await read(page.locator('.found-account'));
    expect(found).toContain('names mx.plain.test for use without encryption. Postern never connects that way.');
    expect(accounts(place)).toEqual([]);
    await stop();
  });

  test('when the computer is offline, which is called that: the address is not doubted, nor is a server of the account', async () => {
    // Its name server is never started.
    const place = visit(createInternet());
    const relay = { name: 'imap', protocol: 'imap', tls: 'implicit', server: 'imap.private.test', port: 993 } as const;
    const listen = `127.0.0.1:${await freePort()}`;
    place.configure(JSON.stringify({ version: 1, accounts: [{ name: 'Work', relays: [{ ...relay, listen }] }] }));
    const { page, stop } = await openWindow(place);
    for (const address of ['user@gmail.com', 'user@own.test']) {
      await find(page, address);
      await page.getByRole('heading', { name: 'This computer seems to be offline' }).waitFor();
      expect(await read(page.locator('.found-account'))).not.toMatch(/typing error|ask your mail provider/i);
      await page.getByRole('link', { name: 'Accounts', exact: true }).click();
      await page.getByRole('link', { name: 'Add an account' }).click();
    }
    const client = await RawClient.connect(Number(listen.split(':')[1]));
    expect(await client.line()).toContain('This computer seems to be offline');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText(/This computer seems to be offline/).waitFor();
    expect(await read(page.getByRole('main'))).not.toContain('typing error');
    expect(accounts(place)).toHaveLength(1);
    await stop();
  });

  test('when a server cannot be verified; the form is filled with what is known', async () => {
    const { page, place, stop } = await openWindow();
    await find(page, 'user@rogue.test');
    await page.getByRole('heading', { name: 'Only a part was found' }).waitFor();
    expect(await read(page.locator('.found-account'))).toContain('The certificate is not for');
    await page.locator('.found-account').getByRole('button', { name: 'Enter the servers yourself' }).click();
    const servers = page.getByLabel('Server', { exact: true });
    expect(await servers.nth(0).inputValue()).toBe('imap.rogue.test');
    expect(await servers.nth(1).inputValue()).toBe('smtp.rogue.test');
    expect(await page.getByLabel('Server port').nth(1).inputValue()).toBe('587');
    expect(accounts(place)).toEqual([]);
    await stop();
  });

  test('for what is no address', async () => {
    const { page, stop } = await openWindow();
    await find(page, 'user');
    const alert = page.getByRole('alert').filter({ hasText: 'This is no e-mail address.' });
    await alert.waitFor();
    expect(await alert.count()).toBe(1);
    await stop();
  });
});
