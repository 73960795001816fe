import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../renderer/support/eventually.ts';
import { launchBrowser } from '../../renderer/support/window.ts';
import { honestHalf } from '../../support/honest-half.ts';
import { needLinux } from '../../support/needs.ts';
import { accepts } from '../../support/service.ts';
import { go, portOf, relayOn } from './scenarios.ts';
import type { Screen } from './screen.ts';
import { type StartOptions, standIn } from './shells.ts';
import { connect, labels, standing, startWithRelay } from './started.ts';

// What only the tray app has: the tray, notifications, its windows, and what it forbids pages.

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const started = (options: StartOptions = {}) => startWithRelay(browser, options);

describe('the tray', () => {
  test('tells how things are, as icon, tooltip and menu, and leads to the question', async () => {
    const running = await started();
    const { screen } = running;
    await screen.until(standing('well'));
    expect(screen.tray?.tooltip).toBe('Postern: All is well');
    expect(labels(screen)).toEqual([
      'All is well',
      'imap: ready',
      'Open Postern',
      'Pause: make no new connections',
      'Quit Postern',
    ]);
    const page = await running.openWindow();
    const client = await connect(running);
    await screen.until(standing('question'));
    expect(screen.tray?.tooltip).toBe('Postern: 1 question waits for you');
    expect(labels(screen)).toContain('imap: waits for your decision');
    await screen.choose('tray', 'Decide about mail.example.test…');
    await page.getByRole('button', { name: 'Reject mail.example.test' }).click();
    expect(await client.line()).toMatch(/^\* BYE/);
    await screen.until(standing('refused'));
    expect(labels(screen)).toContain('imap: refused');
    await running.stop();
  });

  test('pauses, goes on, and quits', async () => {
    const running = await started();
    const { screen } = running;
    const page = await running.openWindow();
    await screen.choose('tray', 'Pause: make no new connections');
    await screen.until(standing('paused'));
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await screen.choose('tray', 'Go on');
    await screen.until(standing('well'));
    const port = await portOf(running, 'imap');
    await screen.choose('tray', 'Quit Postern');
    expect(await screen.ended).toBe(0);
    expect(await accepts(port)).toBe(false);
    expect(existsSync(join(running.dataDirectory, 'control.json'))).toBe(false);
  });

  test('keeps Postern when the window is closed, says so once, and brings the window back', async () => {
    const running = await started();
    const { screen } = running;
    await running.openWindow();
    for (let time = 0; time < 2; time += 1) {
      const [id = 0] = [...screen.windows.keys()];
      await screen.ask({ ask: 'close', id });
      await screen.until(({ windows }) => windows.size === 0);
      expect(await accepts(await portOf(running, 'imap'))).toBe(true);
      await screen.ask({ ask: 'click-tray' });
      await screen.page();
    }
    expect(screen.notifications.map(({ title }) => title)).toEqual(['Postern keeps running']);
    await running.stop();
  });
});

/** What the app has started and is still there, by proc_pid_task_children(5). */
function programsBelow(pid: number | undefined): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return children
    .split(' ')
    .map((child) => {
      const words = readFileSync(`/proc/${child}/cmdline`, 'latin1');
      return words.includes('core-entry') ? 'core' : /tail|dbus-monitor/.test(words) ? 'watch for a tray' : words;
    })
    .sort();
}

describe('the start', () => {
  test('hidden, as at login: in the tray alone, with the core beside it; and again when the window was closed', async () => {
    needLinux();
    const running = await started({ args: ['--hidden'] });
    const { screen } = running;
    await screen.until(standing('well'));
    const isAlone = () => eventually(() => programsBelow(screen.process.pid)).toEqual(['core', 'watch for a tray']);
    await isAlone();
    expect(screen.windows.size).toBe(0);
    await screen.ask({ ask: 'click-tray' });
    await screen.page();
    const [id = 0] = [...screen.windows.keys()];
    await screen.ask({ ask: 'close', id });
    await screen.until(({ windows }) => windows.size === 0);
    await isAlone();
    await running.stop();
  });

  test('a second one shows the window of the first, and ends', async () => {
    const running = await started({ args: ['--hidden'] });
    await running.screen.until(standing('well'));
    const second = await standIn.start(browser, { dataDirectory: running.dataDirectory });
    expect(await second.screen?.ended).toBe(0);
    await running.screen.page();
    await running.stop();
  });

  test('a configuration that cannot be used is told in the window, and put to use once it is right', async () => {
    const running = await started({ configuration: { version: 1, accounts: 'none' } as never });
    const page = await running.screen.page();
    await page.getByText('Postern is not running.').waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain('config.json');
    await running.screen.until((screen) => labels(screen)[0] === 'Not running');
    const told = await running.screen.until(({ notifications }) => notifications[0]);
    expect(told).toMatchObject({ title: 'Postern is not running', body: expect.stringContaining('config.json') });
    running.put('config.json', JSON.stringify({ version: 1, accounts: [] }));
    await page.getByRole('heading', { name: 'Welcome to Postern' }).waitFor();
    await running.screen.until(standing('well'));
    await running.stop();
  });
});

describe('notifications', () => {
  test('one for a question, that leads to it; none again for the same server', async () => {
    const running = await started();
    const { screen } = running;
    const page = await running.openWindow();
    await connect(running);
    const { id, title, body } = await screen.until(({ notifications }) => notifications[0]);
    expect(title).toBe('Is this really mail.example.test?');
    expect(body).toContain('Nothing of Work is sent there until you decide.');
    await screen.ask({ ask: 'click-notification', id });
    await page.getByRole('heading', { name: 'Is this really mail.example.test?' }).waitFor();
    await connect(running);
    await page.getByText(/^2 connections are held until you answer/).waitFor();
    expect(screen.notifications).toHaveLength(1);
    await running.stop();
  });

  test('one for an account that waits for consent, that leads to its page, and from there to the provider’s', async () => {
    const relay = await relayOn({ port: 993, protocol: 'imap', tls: 'implicit' }, 'imap');
    const signIn = { kind: 'oauth', user: 'alice@outlook.example', provider: 'microsoft', clientId: 'ours' } as const;
    const accounts = [{ name: 'Hotmail', signIn, relays: [relay] }];
    const running = await standIn.start(browser, { configuration: { version: 1, accounts } });
    const screen = running.screen as Screen;
    const page = await running.openWindow();
    const { id, title } = await screen.until(({ notifications }) => notifications[0]);
    expect(title).toContain('Hotmail');
    await screen.ask({ ask: 'click-notification', id });
    await page.getByText('Nobody has consented at the provider yet.').waitFor();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const provider = new URL(await screen.until(({ opened }) => opened[0]));
    expect(`${provider.origin}${provider.pathname}`).toBe(
      'https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize',
    );
    expect(provider.searchParams.get('client_id')).toBe('ours');
    await page.getByText('Waiting for you at the provider’s page').waitFor();
    expect(screen.notifications).toHaveLength(1);
    await running.stop();
  });

  test('none where the person wants none; the wish outlives a restart', async () => {
    const running = await started();
    const page = await running.openWindow();
    await go(page, 'Settings');
    await page.getByText('Notify me').click();
    await eventually(() => existsSync(join(running.dataDirectory, 'desktop.json'))).toBe(true);
    await running.stop();
    const again = await started({ dataDirectory: running.dataDirectory });
    await connect(again);
    await again.screen.until(standing('question'));
    expect(again.screen.notifications).toEqual([]);
    await again.stop();
  });

  test('a core that ended is told, and mail flows again', async () => {
    const running = await started();
    const { screen } = running;
    await screen.until(standing('well'));
    const before = screen.corePid;
    running.killCore();
    await screen.until(({ notifications }) =>
      notifications.some(({ title }) => title === 'Postern had to start again'),
    );
    expect(screen.corePid).not.toBe(before);
    await screen.until(standing('well'));
    await connect(running);
    await screen.until(standing('question'));
    await running.stop();
  });
});

test('waking up clears what was the network’s fault, and dials nothing', async () => {
  const running = await started();
  const { screen, server } = running;
  await server.close();
  const page = await running.openWindow();
  const client = await connect(running);
  await client.rest();
  await screen.until(standing('refused'));
  await page.getByText('Nothing accepts connections there').first().waitFor();
  const { refusalsTotal } = (await running.relays())[0] ?? {};
  await screen.ask({ ask: 'resume' });
  await screen.until(standing('well'));
  expect((await running.relays())[0]).toMatchObject({ refusalsTotal, lastRefusal: null });
  await running.stop();
});

describe('the settings of the computer', () => {
  test('start at login, the folder, the version and the licences', async () => {
    const running = await started();
    const page = await running.openWindow();
    await go(page, 'Settings');
    const autostart = join(running.home ?? '', '.config', 'autostart', 'postern.desktop');
    await page.getByText('Start when I sign in to this computer').click();
    await eventually(() => existsSync(autostart)).toBe(true);
    expect(readFileSync(autostart, 'utf8')).toMatch(/^Exec=.* --hidden$/m);
    await page.getByText('Start when I sign in to this computer').click();
    await eventually(() => existsSync(autostart)).toBe(false);
    await page.getByRole('button', { name: 'Open the folder' }).click();
    await running.screen.until(({ opened }) => opened.length > 0);
    expect(running.screen.opened).toEqual([running.dataDirectory]);
    await page.getByRole('button', { name: 'Show the licences' }).click();
    const text = await page.getByRole('dialog').locator('pre').textContent();
    for (const name of ['zod', 'react-aria-components', 'smtp-server', 'electron-updater'])
      expect(text).toContain(name);
    await running.stop();
  });
});

describe('75 to 77: what a page cannot do', () => {
  test('76, 77: its process has nothing but the page, and its policy holds without a complaint', async () => {
    const running = await started();
    const page = await running.openWindow();
    const [window] = [...running.screen.windows.values()];
    expect(window?.settings.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    for (const name of ['Certificates', 'Activity', 'Accounts', 'Settings', 'Overview']) {
      await go(page, name);
      await page.getByRole('heading', { name }).first().waitFor();
    }
    expect(running.screen.complaints).toEqual([]);
    await running.stop();
  });

  test('77: leave, open another window, load from elsewhere, run what is not ours, ask for a permission', async () => {
    const running = await started();
    const { screen } = running;
    const page = await running.openWindow();
    const [id = 0] = [...screen.windows.keys()];
    for (const url of ['https://example.org/', 'file:///etc/passwd', 'postern://other/', 'javascript:alert(1)']) {
      expect(await screen.ask({ ask: 'may-navigate', id, url })).toBe(false);
      expect(await screen.ask({ ask: 'may-open', id, url })).toBe(false);
    }
    for (const permission of ['notifications', 'geolocation', 'media', 'clipboard-read', 'openExternal']) {
      expect(await screen.ask({ ask: 'may-use', permission })).toBe(false);
    }
    const before = page.url();
    await page.evaluate(() => {
      location.href = 'https://example.org/';
    });
    const popup = page.waitForEvent('popup');
    await page.evaluate(() => void window.open('https://example.org/'));
    await eventually(async () => (await popup).isClosed()).toBe(true);
    expect(page.url()).toBe(before);
    expect(await page.evaluate(() => fetch('https://example.org/').then(String, String))).toContain('TypeError');
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      try {
        script.text = 'window.ran = true';
      } catch {
        return 'not even put together';
      }
      document.body.append(script);
      return String((window as never as { ran: unknown }).ran);
    });
    expect(['not even put together', 'undefined']).toContain(ran);
    await running.stop();
  });

  test('see more than its own files', async () => {
    const running = await started();
    const { screen } = running;
    await screen.until(standing('well'));
    const status = async (url: string, method = 'GET') =>
      ((await screen.ask({ ask: 'fetch', url, method })) as { status: number } | null)?.status ?? null;
    expect(await status('postern://window/index.html')).toBe(200);
    expect(await status('postern://window/../../package.json')).toBe(404);
    expect(await status('postern://window/%2e%2e/%2e%2e/package.json')).toBe(404);
    expect(await status('postern://window/index.html', 'POST')).toBe(403);
    expect(await status('postern://elsewhere/index.html')).toBeNull();
    expect(await status('https://example.org/')).toBeNull();
    await running.stop();
  });

  test('75: be asked by a stranger: another page, a frame, another window', async () => {
    const running = await started();
    const { screen } = running;
    await running.openWindow();
    await screen.until(standing('well'));
    const [id = 0] = [...screen.windows.keys()];
    const request = { channel: 'postern:command', args: [{ id: 1, name: 'pause', input: {} }] };
    const ours = { ask: 'invoke', id, url: 'postern://window/index.html#/overview', framed: false } as const;
    for (const stranger of [
      { ...ours, url: 'https://example.org/' },
      { ...ours, url: 'postern://other/index.html' },
      { ...ours, framed: true },
      { ...ours, id: 999 },
    ]) {
      expect(await screen.ask({ ...stranger, ...request }).catch(() => 'refused')).not.toMatchObject({ ok: true });
      const read = { channel: 'postern:shell', args: [{ request: 'read', input: {} }] };
      expect(await screen.ask({ ...stranger, ...read }).catch(() => 'refused')).not.toMatchObject({ ok: true });
    }
    expect(screen.tray?.icon).toBe('well');
    expect(
      await screen.ask({ ...ours, channel: 'postern:command', args: [{ id: 1, name: 'format', input: {} }] }),
    ).toMatchObject({ ok: false });
    await honestHalf('honest: 75: our own page is answered', async () => {
      expect(await screen.ask({ ...ours, ...request })).toEqual({ ok: true, value: null });
      await screen.until(standing('paused'));
    });
    await running.stop();
  });
});

test('what is saved from the window is let through, and nothing else is downloaded', async () => {
  const running = await started();
  const page = await running.openWindow();
  await connect(running);
  await go(page, 'Activity');
  await page.getByRole('listbox').getByText('mail.example.test').first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /export|save/i }).click(),
  ]);
  expect(readFileSync(await download.path(), 'utf8')).toContain('mail.example.test');
  expect(await running.screen.ask({ ask: 'may-download', url: 'https://example.org/a.exe' })).toBe(false);
  expect(await running.screen.ask({ ask: 'may-download', url: 'blob:https://example.org/1' })).toBe(false);
  await running.stop();
});
