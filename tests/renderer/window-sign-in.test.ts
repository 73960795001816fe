import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import type { FakeCore } from './support/fake-core.ts';
import { holdSignIn, signedInCore, waitingCore } from './support/fake-sign-in.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const section = (page: Page) => page.getByRole('region', { name: 'Signing in' });
const asked = ({ commands }: FakeCore, name: string) =>
  commands.filter((each) => each.name === name).map(({ input }) => input);

/** Prevents the provider's page from being fetched: only the address that would be opened matters. */
async function noteOpened(page: Page): Promise<() => string[]> {
  const opened: string[] = [];
  await page.context().route('https://issuer.example/**', async (route) => {
    opened.push(route.request().url());
    await route.fulfill({ contentType: 'text/html', body: '<title>Provider</title>' });
  });
  return () => opened;
}

describe('how an account signs in', () => {
  test.each([
    ['Club', 'Your mail program signs in by itself'],
    ['Hotmail', 'Postern signs in as alice@outlook.example, with your consent at the provider.'],
    ['Long', 'Postern signs in as bob@example.net, with a password that it keeps.'],
  ])('%s', async (name, said) => {
    const { page, complaints } = await windows.open(`#/accounts/${name}`, signedInCore());
    expect(await read(section(page))).toContain(said);
    expect(await page.getByText('Postern cannot sign in').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('with what will need a person soon, and where the key lies', async () => {
    const { page } = await windows.open('#/accounts/Hotmail', signedInCore());
    const said = await read(section(page));
    expect(said).toContain('The consent ends on 3 December unless it is used before.');
    expect(said).toContain('the key lies in the keychain of this system');
    expect(said).toMatch(/The server last took it: 10 minutes ago/);
  });

  test('and that the vault cannot be opened', async () => {
    const core = signedInCore();
    core.store.patch('core', 'core', { vault: { key: 'keychain', problem: 'The keychain is locked.' } });
    const { page } = await windows.open('#/accounts/Long', core);
    expect(await read(section(page))).toContain('It cannot be opened: The keychain is locked.');
  });
});

describe('consent', () => {
  test('from the first click to “signed in”: the provider’s page opens in a tab of its own', async () => {
    const core = waitingCore();
    const held = holdSignIn(core);
    const { page, complaints } = await windows.open('#/accounts/Hotmail', core);
    const opened = await noteOpened(page);
    await section(page).getByText('Nobody has consented at the provider yet.').waitFor();
    const tab = page.context().waitForEvent('page');
    await section(page).getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(await (await tab).evaluate(() => window.opener)).toBeNull();
    await eventually(opened).toEqual(['https://issuer.example/authorize?state=x']);
    await section(page).getByText('Waiting for you at the provider’s page').waitFor();
    const link = section(page).getByRole('link', { name: 'Open the provider’s page' });
    expect(await link.getAttribute('href')).toBe('https://issuer.example/authorize?state=x');
    held.end();
    await section(page).getByText('Signed in as alice@outlook.example.').waitFor();
    await section(page).getByText('Postern cannot sign in').waitFor({ state: 'detached' });
    expect(asked(core, 'signIn')).toEqual([{ account: 'Hotmail' }]);
    expect(complaints).toEqual([]);
  });

  test('by a code, which opens nothing here', async () => {
    const core = waitingCore();
    const held = holdSignIn(core);
    const { page } = await windows.open('#/accounts/Hotmail', core);
    await section(page).getByRole('button', { name: 'Sign in with a code on another device' }).click();
    await section(page).getByText('WDJB-MJHT').waitFor();
    expect(await read(section(page))).toContain('https://issuer.example/device');
    expect(page.context().pages()).toHaveLength(1);
    held.end();
    await section(page).getByText('Signed in as alice@outlook.example.').waitFor();
    expect(asked(core, 'signIn')).toEqual([{ account: 'Hotmail', device: true }]);
  });

  test('that fails is said in the core’s words, and can be asked for again', async () => {
    const core = waitingCore();
    core.failNext('signIn', 'Somebody else signed in: the mail server does not take this consent.');
    const { page } = await windows.open('#/accounts/Hotmail', core);
    await section(page).getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'Somebody else signed in' }).waitFor();
    expect(await section(page).getByRole('button', { name: 'Sign in', exact: true }).isEnabled()).toBe(true);
    expect(await page.getByText('Signed in as').count()).toBe(0);
  });

  test('is given up', async () => {
    const core = waitingCore();
    holdSignIn(core);
    const { page } = await windows.open('#/accounts/Hotmail', core);
    await noteOpened(page);
    await section(page).getByRole('button', { name: 'Sign in', exact: true }).click();
    await section(page).getByRole('button', { name: 'Give up' }).click();
    await page.getByRole('alert').filter({ hasText: 'The sign-in was given up.' }).waitFor();
    expect(asked(core, 'cancelSignIn')).toEqual([{ account: 'Hotmail' }]);
  });

  test('that was begun in a terminal is found here, and only a secured page is linked', async () => {
    const core = waitingCore();
    const { page } = await windows.open('#/accounts/Hotmail', core);
    const begun = (url: string) =>
      core.store.patch('accounts', 'Hotmail', {
        signIn: {
          kind: 'oauth',
          user: 'alice@outlook.example',
          needed: { reason: 'consent-missing', since: new Date().toISOString(), url },
        },
      });
    begun('https://issuer.example/authorize?state=terminal');
    const link = section(page).getByRole('link', { name: 'Open the provider’s page' });
    await link.waitFor();
    begun('javascript:alert(1)');
    await link.waitFor({ state: 'detached' });
    await section(page).getByRole('button', { name: 'Copy the address' }).waitFor();
    expect(await section(page).getByRole('link').count()).toBe(0);
  });

  test('takes a client secret along, which does not stay on the page', async () => {
    const core = waitingCore();
    const { page } = await windows.open('#/accounts/Hotmail', core);
    await noteOpened(page);
    await section(page).getByLabel('Client secret').fill('GOCSPX-example');
    await section(page).getByRole('button', { name: 'Sign in', exact: true }).click();
    await section(page).getByText('Signed in as').waitFor();
    expect(asked(core, 'signIn')).toEqual([{ account: 'Hotmail', clientSecret: 'GOCSPX-example' }]);
    expect(await section(page).getByLabel('Client secret').inputValue()).toBe('');
  });

  test('is given back after asking', async () => {
    const core = signedInCore();
    const { page } = await windows.open('#/accounts/Hotmail', core);
    await section(page).getByRole('button', { name: 'Sign out' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Sign out of Hotmail?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(asked(core, 'signOut')).toEqual([]);
    await section(page).getByRole('button', { name: 'Sign out' }).click();
    await dialog.getByRole('button', { name: 'Sign out' }).click();
    await section(page).getByText('Signed out. The provider has taken the consent back.').waitFor();
    await section(page).getByText('Nobody has consented at the provider yet.').waitFor();
  });
});

test('a password is kept in the place of the one that the server refuses, and is gone from the page at once', async () => {
  const core = waitingCore();
  const { page } = await windows.open('#/accounts/Long', core);
  await section(page).getByText('no longer accepts the stored password').waitFor();
  const field = section(page).getByLabel('Password at the provider');
  const store = section(page).getByRole('button', { name: 'Keep this password' });
  expect(await store.isDisabled()).toBe(true);
  await field.fill('abcd efgh ijkl mnop');
  core.failNext('storePassword', 'The vault could not be saved (ENOSPC).');
  await store.click();
  await page.getByRole('alert').filter({ hasText: 'ENOSPC' }).waitFor();
  expect(await field.inputValue()).toBe('');
  await field.fill('abcd efgh ijkl mnop');
  await store.click();
  await section(page).getByText('The password is stored.').waitFor();
  await section(page).getByText('Postern cannot sign in').waitFor({ state: 'detached' });
  expect(asked(core, 'storePassword').at(-1)).toEqual({ account: 'Long', password: 'abcd efgh ijkl mnop' });
  expect(await page.content()).not.toContain('abcd efgh');
});

describe('the local password', () => {
  const part = (page: Page) => page.getByRole('region', { name: 'Local password' });

  test('is asked for only on request, and copied', async () => {
    const { page, core } = await windows.open('#/accounts/Long', signedInCore());
    await page.context().grantPermissions(['clipboard-read']);
    await part(page).waitFor();
    expect(asked(core, 'localPassword')).toEqual([]);
    await part(page).getByRole('button', { name: 'Show the local password' }).click();
    await part(page).getByText('acdefhjkmnprtwxy').waitFor();
    await part(page).getByRole('button', { name: 'Copy the local password' }).click();
    await part(page).getByText('The local password is copied.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('acdefhjkmnprtwxy');
    await part(page).getByRole('button', { name: 'Hide' }).click();
    expect(await page.content()).not.toContain('acdefhjkmnprtwxy');
  });

  test('is replaced only after asking', async () => {
    const { page, core } = await windows.open('#/accounts/Long', signedInCore());
    await part(page).getByRole('button', { name: 'Replace it with a short one' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Replace the local password?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(asked(core, 'localPassword')).toEqual([]);
    await part(page).getByRole('button', { name: 'Replace it with a new one' }).click();
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await part(page).getByText('acdefhjkmnprtwxy').waitFor();
    expect(asked(core, 'localPassword')).toEqual([{ account: 'Long', replace: true, form: 'usual' }]);
  });

  test('is nothing for an account whose mail program signs in by itself', async () => {
    const { page } = await windows.open('#/accounts/Club', signedInCore());
    await section(page).waitFor();
    expect(await part(page).count()).toBe(0);
  });

  test('stands on the card in the place of the provider’s, ready to copy', async () => {
    const { page } = await windows.open('#/accounts/Hotmail?card', signedInCore());
    await page.getByLabel('Which mail program is it?').selectOption('outlook-express');
    const card = page.locator('.card-steps');
    await card.getByText('acdefhjkmnprtwxy').first().waitFor();
    expect(await read(card)).not.toContain('your password');
    await page.getByText('The password below is the local password').waitFor();
  });

  test('on the card, that it cannot be had is said', async () => {
    const core = signedInCore();
    const { command } = core;
    const failure = { code: 'failed', message: 'The keychain of this system is locked.' } as const;
    core.command = async (name, ...rest) =>
      name === 'localPassword' ? { ok: false, failure } : command(name, ...rest);
    const { page } = await windows.open('#/accounts/Hotmail?card', core);
    await page.getByRole('alert').filter({ hasText: 'The keychain of this system is locked.' }).waitFor();
    await page.getByLabel('Which mail program is it?').selectOption('outlook-express');
    expect(await read(page.locator('.card-steps'))).toMatch(/type the local password/);
  });
});

test('what to type into the mail program is the local password, or nothing to send with', async () => {
  const { page } = await windows.open('#/accounts/Long', signedInCore());
  const values = await read(page.getByRole('region', { name: 'Type this into your mail program' }));
  expect(values).toMatch(/User name\s+any\s+Password\s+the local password/);
  expect(values).toMatch(/Outgoing mail[\s\S]*Authentication\s+None/);
});

test('the test signs in with the local password, as the mail program would', async () => {
  const { page, core } = await windows.open('#/accounts/Hotmail', signedInCore());
  await page.getByRole('button', { name: 'Start the test' }).click();
  await page.getByText('Everything works.').waitFor();
  // The core knows the local password, which need not be shown to anyone for this.
  expect(asked(core, 'check')).toEqual([{ account: 'Hotmail' }]);
  expect(asked(core, 'localPassword')).toEqual([]);
});

test('an account is removed with its secrets', async () => {
  const { page, core } = await windows.open('#/accounts/Hotmail', signedInCore());
  await page.getByRole('button', { name: 'Remove' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Remove Hotmail?' });
  await dialog.getByText('forgotten here with the local password').waitFor();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('heading', { name: 'Accounts' }).waitFor();
  expect(asked(core, 'removeAccount')).toEqual([{ account: 'Hotmail' }]);
  expect(asked(core, 'configure')).toEqual([]);
});

describe('an account that waits for a sign-in', () => {
  test('is what the overview says first, and leads to its page', async () => {
    const core = waitingCore();
    core.store.patch('accounts', 'Long', { signIn: { kind: 'stored', user: 'bob@example.net' } });
    const { page } = await windows.open('#/overview', core);
    await page.locator('.hero').getByText('Hotmail waits for you to sign in').waitFor();
    const card = page.getByRole('article', { name: 'Reading mail, hotmail-imap' });
    expect(await read(card)).toMatch(/Held until you sign in[\s\S]*Nobody has consented at the provider yet/);
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Hotmail' }).waitFor();
    await page.getByRole('link', { name: 'All accounts' }).click();
    const line = page.getByRole('link', { name: /^Hotmail/ });
    expect(await read(line)).toContain('Waits for you to sign in');
  });

  test('waits behind a question about a certificate', async () => {
    const core = waitingCore();
    core.store.set('questions', questions.expired.id, questions.expired);
    const { page } = await windows.open('#/overview', core);
    await page.locator('.hero').getByText('A question waits for you').waitFor();
    expect(await page.locator('.hero').getByText('wait for you to sign in').count()).toBe(0);
    core.store.remove('questions', questions.expired.id);
    await page.locator('.hero').getByText('2 accounts wait for you to sign in').waitFor();
  });

  test('is well as soon as it is signed in', async () => {
    const core = waitingCore();
    const { page } = await windows.open('#/overview', core);
    await page.locator('.hero').getByText('2 accounts wait for you to sign in').waitFor();
    for (const name of ['Hotmail', 'Long']) {
      const row = core.store.get('accounts', name);
      const { needed: _, ...signIn } = row?.signIn ?? { kind: 'stored', user: null };
      core.store.set('accounts', name, { name, signIn });
    }
    await page.getByText('All is well').waitFor();
    expect(await page.getByText('Waits for you to sign in').count()).toBe(0);
  });
});

describe('in the form', () => {
  const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();
  const account = (core: FakeCore, name: string) => core.configuration().accounts.find((each) => each.name === name);

  test('Postern is chosen to sign in, with what it means; what is missing is said', async () => {
    const { page, core, complaints } = await windows.open('#/accounts/Club?edit', signedInCore());
    await page.getByText('With its own user name and password, which Postern passes on and does not keep').waitFor();
    expect(await page.getByText('How may the mail program send?').count()).toBe(0);
    await page.getByText('Postern, with a password').click();
    await save(page);
    await page.getByText('Type the user name.').waitFor();
    await page.getByLabel('User name at the mail server').fill('club@example.org');
    await page.getByText('For programs that cannot sign in to send').click();
    await save(page);
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(account(core, 'Club')).toMatchObject({
      signIn: { kind: 'stored', user: 'club@example.org' },
      relays: [{ protocol: 'imap' }, { protocol: 'smtp', admit: 'no-password' }],
    });
    await section(page).getByLabel('Password at the provider').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a provider is chosen, which says how to get a client id', async () => {
    const { page, core } = await windows.open('#/accounts/Club?edit', signedInCore());
    await page.getByText('Postern, with your consent').click();
    await page.getByLabel('User name at the mail server').fill('alice@outlook.example');
    await save(page);
    await page.getByText('Choose the provider.').waitFor();
    await page.getByLabel('Provider', { exact: true }).selectOption('microsoft');
    await page.getByText('How to get a client id for Outlook.com').click();
    await page.getByText('https://entra.microsoft.com').first().waitFor();
    await page.getByText('This provider wants a client id.').waitFor();
    await page.getByLabel('Client id').fill('0f0e-0d0c');
    await save(page);
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(account(core, 'Club')?.signIn).toEqual({
      ...{ kind: 'oauth', user: 'alice@outlook.example', provider: 'microsoft', clientId: '0f0e-0d0c' },
    });
  });

  test('an account is renamed with its secrets, and goes on from there when the rest is refused', async () => {
    const { page, core } = await windows.open('#/accounts/Hotmail?edit', signedInCore());
    await page.getByLabel('Name of the account').fill('Outlook');
    core.failNext('configure', 'The configuration could not be saved (ENOSPC).');
    await save(page);
    await page.getByRole('alert').filter({ hasText: 'ENOSPC' }).waitFor();
    expect(asked(core, 'renameAccount')).toEqual([{ account: 'Hotmail', to: 'Outlook' }]);
    await save(page);
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(asked(core, 'renameAccount')).toHaveLength(1);
    expect(core.configuration().accounts.map(({ name }) => name)).toEqual(['Club', 'Outlook', 'Long']);
    expect(account(core, 'Outlook')?.signIn).toMatchObject({ kind: 'oauth', clientId: '0f0e0d0c' });
  });

  test('that the stored password is asked for again at another server is said before', async () => {
    const { page } = await windows.open('#/accounts/Long?edit', signedInCore());
    await page.getByLabel('Server', { exact: true }).first().fill('imap.other.example');
    await save(page);
    await page.getByRole('alertdialog').getByText('it will ask you for it again').waitFor();
    expect(await page.getByRole('alertdialog').getByText('that your mail program sends').count()).toBe(0);
  });
});
