import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { questions } from './support/fake-certificates.ts';
import { createFakeCore } from './support/fake-core.ts';
import { busyStore, practice } from './support/fake-state.ts';
import { prepareWindows, read, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

describe('adding an account', () => {
  test('suggests free ports, checks as one types, saves, and shows what to type into the mail program', async () => {
    const { page, core, complaints } = await windows.open('#/accounts');
    await page.getByRole('link', { name: 'Add an account' }).click();
    await page.getByRole('button', { name: 'Enter the servers yourself' }).click();
    const ports = page.getByLabel('Port on this computer');
    await eventually(() =>
      ports.evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value)),
    ).toEqual(['1193', '1638']);
    await page.getByLabel('Name of the account').fill('Wor');
    expect(await page.getByText('Another account has this name.').count()).toBe(0);
    await page.getByLabel('Name of the account').fill('Work');
    await page.getByText('Another account has this name.').waitFor();
    await page.getByLabel('Name of the account').fill('Private');
    await page.getByText('Another account has this name.').waitFor({ state: 'detached' });
    const servers = page.getByLabel('Server', { exact: true });
    await servers.first().fill('https://imap.private.example');
    await page.getByText('no “https://”').waitFor();
    await servers.first().fill('imap.private.example');
    await page.getByText('no “https://”').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Please look at the marked fields.').waitFor();
    const missing = page.getByText('Type the server’s name.');
    await missing.waitFor();
    expect(await servers.nth(1).evaluate((input) => input === document.activeElement)).toBe(true);
    await servers.nth(1).fill('smtp.private.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(core.configuration().accounts.at(-1)).toEqual({
      name: 'Private',
      relays: [
        {
          name: 'private-imap',
          protocol: 'imap',
          listen: '127.0.0.1:1193',
          server: 'imap.private.example',
          port: 993,
          tls: 'implicit',
        },
        {
          name: 'private-smtp',
          protocol: 'smtp',
          listen: '127.0.0.1:1638',
          server: 'smtp.private.example',
          port: 587,
          tls: 'starttls',
        },
      ],
    });
    const values = await read(page.getByRole('region', { name: 'Type this into your mail program' }));
    expect(values).toMatch(/Incoming mail[\s\S]*127\.0\.0\.1[\s\S]*1193[\s\S]*None/);
    expect(values).toMatch(/Outgoing mail[\s\S]*1638/);
    expect(complaints).toEqual([]);
  });

  test('the practice account makes way for the first real one', async () => {
    const store = busyStore();
    store.patch('core', 'core', { practice: { ...practice, account: 'Club' } });
    const { page, core } = await windows.open('#/accounts?by-hand', createFakeCore(store));
    await page.getByLabel('Name of the account').fill('Private');
    for (const server of await page.getByLabel('Server', { exact: true }).all())
      await server.fill('mail.private.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(core.configuration().accounts.map(({ name }) => name)).toEqual(['Work', 'Home', 'Private']);
  });

  test('a refusal of the core is said, and nothing typed is lost', async () => {
    const { page, core } = await windows.open('#/accounts?by-hand');
    await page.getByLabel('Name of the account').fill('Private');
    for (const server of await page.getByLabel('Server', { exact: true }).all())
      await server.fill('mail.private.example');
    core.failNext('configure', 'The configuration could not be written: the disk is full.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'the disk is full' }).waitFor();
    expect(await page.getByLabel('Name of the account').inputValue()).toBe('Private');
  });
});

describe('what is half typed', () => {
  test('is there again after the page was loaded again, unsaved, and gone once the form is left', async () => {
    const { page, core } = await windows.open('#/accounts?by-hand');
    const name = page.getByLabel('Name of the account');
    const restored = page.getByText('It is not saved yet.');
    await name.fill('Private');
    expect(await restored.count()).toBe(0);
    await page.getByRole('button', { name: 'Add a path' }).click();
    await page.getByLabel('Server', { exact: true }).nth(2).fill('mail.private.example');
    await page.reload();
    await restored.waitFor();
    expect(await name.inputValue()).toBe('Private');
    expect(await page.getByLabel('Server', { exact: true }).nth(2).inputValue()).toBe('mail.private.example');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
    await page.goBack();
    await name.waitFor();
    expect([await name.inputValue(), await restored.count()]).toEqual(['', 0]);

    // That of an account that was changed meanwhile is not put over the change.
    await page.goto(`${page.url().split('#')[0]}#/accounts/Home?edit`);
    await page.getByLabel('Server port').first().fill('1993');
    await page.reload();
    await restored.waitFor();
    expect(await page.getByLabel('Server port').first().inputValue()).toBe('1993');
    const now = core.configuration();
    const [work, home, club] = now.accounts;
    if (!work || !home || !club) throw new Error('no accounts');
    const moved = { ...home, relays: home.relays.map((relay) => ({ ...relay, port: 2993 })) };
    await core.command('configure', { configuration: { ...now, accounts: [work, moved, club] } });
    await page.reload();
    await eventually(() => page.getByLabel('Server port').first().inputValue()).toBe('2993');
    expect(await restored.count()).toBe(0);

    // What an earlier version left, or nobody knows, is as nothing.
    await page.goto(`${page.url().split('#')[0]}#/settings`);
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.evaluate(() => {
      const before = { original: null, before: null, draft: { name: 'Old', relays: [{ server: 'x' }] } };
      sessionStorage.setItem('postern-form', JSON.stringify(before));
    });
    await page.goto(`${page.url().split('#')[0]}#/accounts?by-hand`);
    await name.waitFor();
    expect(await name.inputValue()).toBe('');
  });
});

describe('an account that is there', () => {
  test('is edited in its place', async () => {
    const { page, core } = await windows.open('#/accounts/Home');
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Server port').first().fill('1993');
    await page.getByRole('button', { name: 'Save' }).click();
    const asked = page.getByRole('alertdialog', { name: 'Use another port of the same server for Home?' });
    expect(await read(asked)).not.toMatch(/another server|new server|Whoever runs/);
    await asked.getByRole('button', { name: 'Change the port' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(core.configuration().accounts.map(({ name }) => name)).toEqual(['Work', 'Home', 'Club']);
    expect(core.configuration().accounts[1]?.relays[0]?.port).toBe(1993);
  });

  test('86: goes to another server only after that was confirmed, with both named', async () => {
    const { page, core } = await windows.open('#/accounts/Home?edit');
    const before = core.configuration();
    await page.getByLabel('Server', { exact: true }).first().fill('imap.evil.example');
    await page.getByRole('button', { name: 'Save' }).click();
    const asked = page.getByRole('alertdialog', { name: 'Send Home to another server?' });
    await asked.getByText('nas.home.example:993 becomes imap.evil.example:993.').waitFor();
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await asked.waitFor({ state: 'detached' });
    expect(core.configuration()).toEqual(before);
    await page.getByRole('button', { name: 'Save' }).click();
    await asked.getByRole('button', { name: 'Change the server' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(core.configuration().accounts[1]?.relays[0]?.server).toBe('imap.evil.example');
  });

  test('honest: 86: what leaves the server as it is needs no confirmation', async () => {
    const { page, core } = await windows.open('#/accounts/Home?edit');
    await page.getByLabel('Name of the account').fill('House');
    await page.getByLabel('Port on this computer').first().fill('1999');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(core.configuration().accounts[1]?.name).toBe('House');
  });

  test('is not overwritten when another window changed it meanwhile', async () => {
    const { page, core } = await windows.open('#/accounts/Home?edit');
    await page.getByLabel('Server port').first().fill('1993');
    const before = core.configuration();
    const accounts = before.accounts.map((each) => (each.name === 'Home' ? { ...each, relays: [] } : each));
    await core.command('configure', { configuration: { ...before, accounts } });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Change the port' }).click();
    await page.getByRole('alert').filter({ hasText: 'changed elsewhere' }).waitFor();
    expect(core.configuration().accounts[1]?.relays).toEqual([]);
  });

  test('is removed after asking', async () => {
    const { page, core } = await windows.open('#/accounts/Club');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('alertdialog', { name: 'Remove Club?' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Accounts' }).waitFor();
    expect(core.configuration().accounts.map(({ name }) => name)).toEqual(['Work', 'Home']);
  });

  test('is tested, step by step; the password is gone from the page as soon as it is sent', async () => {
    const { page, core } = await windows.open('#/accounts/Work');
    await page.getByLabel('User name').fill('ada@example.org');
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Start the test' }).click();
    await page.getByText('Everything works.').waitFor();
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    const steps = await read(page.getByRole('log', { name: 'Steps of the test' }));
    expect(steps).toMatch(/work-imap[\s\S]*Reach Postern done[\s\S]*Sign in done[\s\S]*work-smtp/);
    expect(steps).not.toContain('correct horse');
    expect(core.commands.find(({ name }) => name === 'check')?.input).toEqual({
      account: 'Work',
      user: 'ada@example.org',
      password: 'correct horse',
    });
  });

  test('shows a step while the test still runs', async () => {
    const { page, core } = await windows.open('#/accounts/Work');
    let finish = (): void => undefined;
    const report = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { command } = core;
    core.command = async (name, input, progress) => {
      if (name !== 'check') return command(name, input, progress);
      progress?.({ relay: 'work-imap', step: 'connect', outcome: 'ok', message: 'Reached.', milliseconds: 2 } as never);
      await report;
      return command(name, input, progress);
    };
    await page.getByLabel('User name').fill('ada@example.org');
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Start the test' }).click();
    await page.getByText('Reached.').waitFor();
    core.store.set('questions', questions.expired.id, questions.expired);
    await page.getByText('The test waits for your answer').waitFor();
    await page.getByRole('button', { name: 'Testing …' }).waitFor();
    expect(await page.getByText('Everything works.').count()).toBe(0);
    finish();
    await page.getByText('Everything works.').waitFor();
  });
});

describe('settings', () => {
  test('diagnostics are saved as a file', async () => {
    const { page, complaints } = await windows.open('#/settings');
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Collect diagnostics …' }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe('postern-diagnostics.zip');
    expect(readFileSync(await download.path(), 'utf8')).toBe('PK');
    expect(complaints).toEqual([]);
  });

  test('are checked, saved and in force', async () => {
    const { page, core, complaints } = await windows.open('#/settings');
    const save = page.getByRole('button', { name: 'Save' });
    const seconds = page.getByLabel('Time for your answer');
    await seconds.fill('601');
    await page.getByText('Type a whole number from 0 to 600.').waitFor();
    expect(await save.isDisabled()).toBe(true);
    await seconds.fill('60');
    await page.getByText('Only programs of my own user').click();
    await page.getByText('Also the steps of signing in').click();
    await save.click();
    await page.getByText('Saved. Postern uses it from now on.').waitFor();
    expect(core.configuration().settings).toEqual({
      certificateDecisionSeconds: 60,
      connectTimeoutSeconds: 15,
      ownUserOnly: false,
      revocationLists: true,
      spareConnections: false,
      maxConnections: 500,
      logLevel: 'trace',
    });
    expect(core.configuration().accounts).toHaveLength(3);
    expect(complaints).toEqual([]);
  });

  test('of the desktop app are shown as not available in a browser', async () => {
    const { page } = await windows.open('#/settings');
    await page.getByText('This window runs in a browser.').waitFor();
    expect(await page.getByRole('switch', { name: /Start when I sign in/ }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Open the folder' }).isDisabled()).toBe(true);
  });
});
