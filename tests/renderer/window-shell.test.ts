import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CoreMessage, PosternBridge, ShellState, Snapshot, WindowPlace } from '../../proxy/contract/index.ts';
import { eventually } from './support/eventually.ts';
import { busyStore } from './support/fake-state.ts';
import { prepareWindows, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

/** The part of the injected shell that the test can reach. */
interface Held {
  show: (place: WindowPlace) => void;
  changes: unknown[];
  folderOpened: number;
}

/** Runs in the page before its own scripts, as a preload does. */
function inject({ snapshot, shell }: { snapshot: Snapshot; shell: ShellState }): void {
  const held: Held = { show: () => undefined, changes: [], folderOpened: 0 };
  let state = shell;
  const postern: PosternBridge = {
    subscribe(listener: (message: CoreMessage) => void) {
      listener({ kind: 'snapshot', snapshot });
      return () => undefined;
    },
    command: async () => ({ ok: false, failure: { code: 'failed', message: 'Not in this test.' } }),
    shell: {
      read: async () => state,
      async change(input) {
        held.changes.push(input);
        if (input.notifications === true) throw new Error('This system does not allow notifications.');
        const startAtLogin = input.startAtLogin ?? state.startAtLogin;
        const notifications = input.notifications ?? state.notifications;
        state = { ...state, startAtLogin, notifications };
        return state;
      },
      async openDataFolder() {
        held.folderOpened += 1;
      },
      licences: async () => 'MIT License\n\n<script>document.title = "hacked"</script>',
      onShow(listener) {
        held.show = listener;
        return () => undefined;
      },
    },
  };
  Object.assign(window, { postern, held });
}

const shellState: ShellState = {
  version: '0.1.0',
  dataFolder: '/home/ada/.config/postern',
  startAtLogin: false,
  notifications: false,
  updates: { kind: 'ready', version: '0.2.0' },
};

async function openInjected(where: string, shell = shellState): Promise<{ page: Page; asked: string[] }> {
  const { page } = await windows.open(where);
  await page.addInitScript(inject, { snapshot: busyStore().snapshot(), shell });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.reload();
  await page.locator('h1').waitFor();
  return { page, asked };
}

const held = (page: Page) => page.evaluate(() => (window as unknown as { held: Held }).held);

describe('a window of the desktop app', () => {
  test('speaks to the core through what the preload put there, and not over HTTP', async () => {
    const { page, asked } = await openInjected('#/overview');
    await page.getByRole('article', { name: 'Fetching mail, club-pop3' }).waitFor();
    expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);
  });

  test('changes the settings of this computer, and says what the system does not allow', async () => {
    const { page } = await openInjected('#/settings');
    const start = page.getByRole('switch', { name: /Start when I sign in/ });
    await page.getByText('Start when I sign in').click();
    await eventually(() => start.isChecked()).toBe(true);
    await page.getByText('Notify me').click();
    await page.getByRole('alert').filter({ hasText: 'does not allow notifications' }).waitFor();
    expect(await page.getByRole('switch', { name: /Notify me/ }).isChecked()).toBe(false);
    expect((await held(page)).changes).toEqual([{ startAtLogin: true }, { notifications: true }]);
  });

  test('opens the data folder, and names it', async () => {
    const { page } = await openInjected('#/settings');
    await page.getByText('/home/ada/.config/postern').waitFor();
    await page.getByRole('button', { name: 'Open the folder' }).click();
    await eventually(async () => (await held(page)).folderOpened).toBe(1);
  });

  test('says what this system has not', async () => {
    const { page } = await openInjected('#/settings', { ...shellState, startAtLogin: null });
    const start = page.getByRole('switch', {
      name: 'Start when I sign in to this computer Not available on this system',
    });
    await start.waitFor({ state: 'attached' });
    expect(await start.isDisabled()).toBe(true);
    await page.getByText('Version 0.2.0 is ready').waitFor();
  });

  test('shows the licences as text', async () => {
    const { page } = await openInjected('#/settings');
    await page.getByRole('button', { name: 'Show the licences' }).click();
    await page.getByRole('dialog', { name: 'Licences' }).getByText('<script>document.title').waitFor();
    expect(await page.title()).toBe('Settings – Postern');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('goes where a notification leads', async () => {
    const { page } = await openInjected('#/overview');
    await page.evaluate(() => (window as unknown as { held: Held }).held.show({ page: 'certificates' }));
    await page.getByRole('heading', { name: 'Certificates', level: 1 }).waitFor();
    expect(await page.evaluate(() => window.location.hash)).toBe('#/certificates');
  });
});
