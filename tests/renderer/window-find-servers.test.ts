import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import {
  appPasswordReport,
  findingCore,
  foreignReport,
  foundServer,
  ordinaryReport,
  partReport,
  search,
  tokenReport,
} from './support/fake-discovery.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const steps = (page: Page) => read(page.getByRole('log', { name: 'Steps of the search' }));
const add = (page: Page) => page.getByRole('button', { name: 'Add this account' });

describe('an address', () => {
  test('becomes an account: steps, evidence, what to type', async () => {
    const { page, core, complaints } = await windows.open('#/accounts', findingCore(ordinaryReport()));
    await page.getByRole('link', { name: 'Add an account' }).click();
    await search(page, 'These servers were found');
    expect(await steps(page)).toContain('The DNS of private.example names mail servers.');
    const found = await read(page.locator('.found-account'));
    expect(found).toMatch(/Incoming mail[\s\S]*imap\.private\.example[\s\S]*993[\s\S]*from the first byte/);
    expect(found).toMatch(/Certificate\s+verified, valid until/);
    expect(found).toContain('_imaps._tcp.private.example');
    expect(found).toMatch(/Outgoing mail[\s\S]*smtp\.private\.example[\s\S]*465/);
    await page.getByLabel('Name of the account').fill('Private');
    await add(page).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    await page.getByRole('heading', { name: 'Private', exact: true }).waitFor();
    expect(core.commands.find(({ name }) => name === 'addAccount')?.input).toEqual({
      name: 'Private',
      servers: [
        { protocol: 'imap', server: 'imap.private.example', port: 993, tls: 'implicit' },
        { protocol: 'smtp', server: 'smtp.private.example', port: 465, tls: 'implicit' },
      ],
    });
    expect(await read(page.getByRole('region', { name: 'Type this into your mail program' }))).toContain('1200');
    expect(complaints).toEqual([]);
  });

  test('where app passwords are made, Postern can keep it: what each means is said, and the choice is saved', async () => {
    const { page, core } = await windows.open('#/accounts', findingCore(appPasswordReport));
    await page.getByRole('link', { name: 'Add an account' }).click();
    await search(page, 'These servers were found');
    const found = await read(page.locator('.found-account'));
    expect(found).toContain('You type the app password there, and Postern keeps nothing');
    expect(found).toContain('the mail program gets a local password');
    await page.getByText('Postern keeps it').click();
    await add(page).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    const input = core.commands.find(({ name }) => name === 'addAccount')?.input;
    expect(input).toMatchObject({ signIn: { kind: 'stored', user: appPasswordReport.user } });
  });

  test('shows its steps as they happen, and the search is cancelled', async () => {
    const core = findingCore(ordinaryReport());
    core.discovery.hold = true;
    const { page } = await windows.open('#/accounts?new', core);
    await page.getByLabel('Your e-mail address').fill('ada@private.example');
    await page.keyboard.press('Enter');
    await page.getByText('not in Postern’s own table').waitFor();
    expect(await page.getByRole('button', { name: 'Looking …' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Stop looking' }).click();
    await page.getByRole('button', { name: 'Find the servers' }).waitFor();
    const [begun, ended] = ['discover', 'cancelDiscovery'].map(
      (name) => core.commands.find((each) => each.name === name)?.input as { search: string },
    );
    expect(ended?.search).toBe(begun?.search);
    expect(await page.getByRole('heading', { name: 'These servers were found' }).count()).toBe(0);
  });

  test('a search that is left behind ends', async () => {
    const core = findingCore(ordinaryReport());
    core.discovery.hold = true;
    const { page } = await windows.open('#/accounts?new', core);
    await page.getByLabel('Your e-mail address').fill('ada@private.example');
    await page.keyboard.press('Enter');
    await page.getByText('not in Postern’s own table').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await eventually(async () => core.commands.some(({ name }) => name === 'cancelDiscovery')).toBe(true);
  });

  test('a failure is said, and the address stays', async () => {
    const core = findingCore(ordinaryReport());
    core.failNext('discover', 'Postern is paused and makes no connections.');
    const { page } = await windows.open('#/accounts?new', core);
    await page.getByLabel('Your e-mail address').fill('ada@private.example');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Postern is paused' }).waitFor();
    expect(await page.getByLabel('Your e-mail address').inputValue()).toBe('ada@private.example');
  });
});

describe('what was found', () => {
  test('a server that DNS alone vouches for takes a tick of its own, and the way of reading is chosen', async () => {
    const { page, core } = await windows.open('#/accounts?new', findingCore(foreignReport));
    await search(page, 'These servers were found');
    await page.getByText('DNS alone says that mail.hoster.example is the server of ada@private.example').waitFor();
    expect(await add(page).isDisabled()).toBe(true);
    await page.getByText('Yes, mail.hoster.example is a server of my mail provider').click();
    await eventually(() => add(page).isEnabled()).toBe(true);
    await page.getByText('Fetch it to this computer').click();
    await add(page).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    const account = core.configuration().accounts.at(-1);
    expect(account?.relays.map(({ protocol, server }) => `${protocol} ${server}`)).toEqual([
      'pop3 mail.hoster.example',
      'smtp mail.hoster.example',
    ]);
  });

  test('a name that is taken is not taken again', async () => {
    const { page } = await windows.open('#/accounts?new', findingCore(ordinaryReport()));
    await search(page, 'These servers were found');
    await page.getByLabel('Name of the account').fill('Work');
    await page.getByText('Another account has this name.').waitFor();
    expect(await add(page).isDisabled()).toBe(true);
  });

  test('where no password is taken, the way to a consent is the first one, filled in as far as it is known', async () => {
    const { page } = await windows.open('#/accounts?new', findingCore(tokenReport));
    await search(page, 'These servers were found');
    await page.getByRole('button', { name: 'Have Postern sign in with your consent' }).click();
    await page.getByRole('heading', { name: 'New account' }).waitFor();
    expect(await page.getByRole('radio', { name: /^Postern, with your consent/ }).isChecked()).toBe(true);
    expect(await page.getByLabel('User name at the mail server').inputValue()).toBe(tokenReport.user);
    expect(await page.getByLabel('Provider', { exact: true }).inputValue()).toBe('own');
    await page.getByLabel('Address of its sign-in').waitFor();
  });

  test('where no password is taken, that is said before it is added all the same', async () => {
    const { page } = await windows.open('#/accounts?new', findingCore(tokenReport));
    await search(page, 'These servers were found');
    await page.getByText('Example lets mail programs in by OAuth alone.').waitFor();
    // Placed before the servers, with what to do.
    const found = page.locator('.found-account');
    await found.getByText(/does not accept passwords from mail programs any more/).waitFor();
    await found
      .getByText(/^What to do:/)
      .first()
      .waitFor();
    expect(await found.evaluate((card) => card.children[1]?.classList.contains('trouble'))).toBe(true);
    expect(await page.getByRole('button', { name: 'Add it anyway' }).isEnabled()).toBe(true);
    expect(await add(page).count()).toBe(0);
  });

  test('POP3 is looked for on request', async () => {
    const { page, core } = await windows.open('#/accounts?new', findingCore(ordinaryReport()));
    await search(page, 'These servers were found');
    core.discovery.report = ordinaryReport({ servers: [foundServer('smtp'), foundServer('pop3')] });
    await page.getByRole('button', { name: /needs POP3/ }).click();
    await page.getByText('pop3.private.example', { exact: true }).waitFor();
    expect(core.commands.filter(({ name }) => name === 'discover').at(-1)?.input).toMatchObject({ reading: 'pop3' });
  });

  test('a refusal of the core is said', async () => {
    const core = findingCore(ordinaryReport());
    const { page } = await windows.open('#/accounts?new', core);
    await search(page, 'These servers were found');
    core.failNext('addAccount', 'The configuration could not be saved (ENOSPC).');
    await add(page).click();
    await page.getByRole('alert').filter({ hasText: 'ENOSPC' }).waitFor();
    expect(core.configuration().accounts).toHaveLength(3);
  });
});

describe('by hand', () => {
  test('the form is filled with what is known', async () => {
    const { page } = await windows.open('#/accounts?new', findingCore(partReport));
    await search(page, 'Only a part was found');
    await page.getByText('it is for another server').waitFor();
    await page.locator('.found-account').getByRole('button', { name: 'Enter the servers yourself' }).click();
    expect(await page.getByLabel('Name of the account').inputValue()).toBe('ada@private.example');
    const values = (label: string) =>
      page
        .getByLabel(label, { exact: true })
        .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
    expect(await values('Server')).toEqual(['mail.private.example', 'smtp.private.example']);
    expect(await values('Server port')).toEqual(['993', '587']);
    await eventually(() => values('Port on this computer')).toEqual(['1193', '1638']);
  });

  test('what was found is changed before it is added', async () => {
    const { page } = await windows.open('#/accounts?new', findingCore(ordinaryReport()));
    await search(page, 'These servers were found');
    await page.getByRole('button', { name: 'Change the values first' }).click();
    expect(await page.getByLabel('Server', { exact: true }).first().inputValue()).toBe('imap.private.example');
  });

  test('a computer that is offline is called that, and the address is not doubted', async () => {
    const remarks = ['The name service (DNS) does not answer. Check that this computer is online, then try again.'];
    const report = ordinaryReport({
      outcome: 'nothing',
      servers: [],
      rejected: partReport.rejected,
      remarks,
      offline: true,
    });
    const { page } = await windows.open('#/accounts?new', findingCore(report));
    await search(page, 'This computer seems to be offline');
    const card = await read(page.locator('.found-account'));
    expect(card).toContain('Check that this computer is online');
    expect(card).not.toMatch(/typing error|ask your mail provider|not usable/i);
  });

  test('a provider without servers for mail programs has nothing to fill in', async () => {
    const provider = {
      name: 'Proton Mail',
      signIn: 'bridge',
      note: 'Use Bridge.',
      documentation: 'https://a.example/',
    };
    const report = ordinaryReport({ outcome: 'impossible', servers: [], provider: provider as never });
    const { page } = await windows.open('#/accounts?new', findingCore(report));
    await search(page, 'No mail program can be used with this provider');
    await page.getByText('https://a.example/').waitFor();
    expect(await page.locator('.found-account').getByRole('button').count()).toBe(0);
  });
});

test('texts of strangers are shown as text', async () => {
  const report = ordinaryReport({
    remarks: ['<img src=x onerror=alert(1)>\u202egnp.exe'],
    servers: [foundServer('smtp'), foundServer('imap', { evidence: '<b>bold</b>\u0007' })],
  });
  const { page, complaints } = await windows.open('#/accounts?new', findingCore(report));
  await search(page, 'These servers were found');
  const text = await read(page.locator('.found-account'));
  expect(text).toContain('<img src=x onerror=alert(1)>');
  expect(text).toContain('<b>bold</b>');
  for (const character of ['\u202e', '\u0007']) expect(text).not.toContain(character);
  expect(complaints).toEqual([]);
});
