import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectCore } from '../../../main/http/client.ts';
import { eventually } from '../../renderer/support/eventually.ts';
import { launchBrowser } from '../../renderer/support/window.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { startOidcIssuer } from '../../support/oidc-issuer.ts';
import { createAuthority, issue } from '../../support/pki.ts';
import { freePort } from '../../support/ports.ts';
import { accepts } from '../../support/service.ts';
import { configured, go, portOf, relayOn, upstream } from './scenarios.ts';
import type { Screen } from './screen.ts';
import { root, type StartOptions, standIn, startTrayApp } from './shells.ts';
import { connect, standing, startWithRelay } from './started.ts';

// What differs between desktops, and what goes wrong on real ones, using the stand-in for Electron.

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const started = (options: StartOptions = {}) => startWithRelay(browser, options);
const packaged = () => scratchDirectory('resources');
const firstWindow = (screen: Screen) => [...screen.windows.keys()][0] ?? 0;
const atLogin = 'Start when I sign in to this computer';

/** Turns the login item on, once the window shows its current state. */
async function startAtLogin(page: Page): Promise<void> {
  await go(page, 'Settings');
  await eventually(() => page.getByRole('switch', { name: atLogin }).isEnabled()).toBe(true);
  await page.getByText(atLogin).click();
}

describe('macOS', () => {
  const system = 'darwin';

  test('a click on the icon opens its menu, and no window over it', async () => {
    const running = await started({ args: ['--hidden'], standIn: { system } });
    const { screen } = running;
    await screen.until(standing('well'));
    await screen.ask({ ask: 'click-tray' });
    await screen.until(({ trayMenuOpened }) => trayMenuOpened === 1);
    expect(screen.windows.size).toBe(0);
    await screen.choose('tray', 'Open Postern');
    await screen.page();
    await running.stop();
  });

  test('the icon is drawn by the system, in the colour of the menu bar', async () => {
    const running = await started({ standIn: { system } });
    await running.screen.until(standing('well'));
    expect(running.screen.tray).toMatchObject({ isTemplate: true, isEmpty: false });
    await connect(running);
    await running.screen.until(standing('question'));
    expect(running.screen.tray).toMatchObject({ icon: 'questionTemplate', isTemplate: true, isEmpty: false });
    await running.stop();
  });

  test('what is not packaged offers no login item: the system would start a bare Electron', async () => {
    const running = await started({ standIn: { system } });
    const page = await running.openWindow();
    await go(page, 'Settings');
    await page.getByText('Not available on this system').waitFor();
    expect(await page.getByRole('switch', { name: atLogin }).isDisabled()).toBe(true);
    await running.stop();
  });

  test('opened by the system at login, it is in the menu bar alone', async () => {
    const running = await started({ standIn: { system, openedAtLogin: true, resources: packaged() } });
    await running.screen.until(standing('well'));
    expect(running.screen.windows.size).toBe(0);
    await running.stop();
  });

  test.each([
    ['refused', 'The system did not accept this.'],
    ['requires-approval', 'allow Postern in the system’s settings'],
    ['throws', 'This could not be changed'],
  ] as const)('a login item that the system does not keep (%s) is said', async (loginItems, words) => {
    const running = await started({ standIn: { system, loginItems, resources: packaged() } });
    const page = await running.openWindow();
    await startAtLogin(page);
    await page.getByText(words).waitFor();
    expect(await page.getByRole('switch', { name: atLogin }).isChecked()).toBe(false);
    await running.stop();
  });

  test('notifications that fail: the dock calls, the question opens, and Settings says so', async () => {
    const running = await started({ standIn: { system, notifications: 'failed' } });
    const { screen } = running;
    const page = await running.openWindow();
    await connect(running);
    await screen.until(({ attention }) => attention.includes('bounce informational'));
    await page.getByRole('heading', { name: 'Is this really mail.example.test?' }).waitFor();
    await go(page, 'Settings');
    await page.getByText('This system does not show Postern’s notifications').waitFor();
    await running.stop();
  });

  test('a person who logs off: transfers get their time', async () => {
    const running = await started({ standIn: { system } });
    await running.screen.until(standing('well'));
    await running.screen.ask({ ask: 'log-off' });
    expect(await running.screen.ended).toBe(0);
    expect(existsSync(join(running.dataDirectory, 'control.json'))).toBe(false);
  });
});

describe('Windows', () => {
  const system = 'win32';

  test('a click on the icon opens the window', async () => {
    const running = await started({ args: ['--hidden'], standIn: { system } });
    await running.screen.until(standing('well'));
    await running.screen.ask({ ask: 'click-tray' });
    await running.screen.page();
    expect(running.screen.trayMenuOpened).toBe(0);
    await running.stop();
  });

  test('the portable program starts at login from where it lies, not from where it unpacked itself', async () => {
    const running = await started({
      standIn: { system, resources: packaged() },
      env: { PORTABLE_EXECUTABLE_FILE: 'D:\\tools\\Postern-portable.exe' },
    });
    const page = await running.openWindow();
    await startAtLogin(page);
    await running.screen.until(({ loginItem }) => loginItem);
    expect(running.screen.loginItem).toBe(
      `D:\\tools\\Postern-portable.exe|--data-dir|${running.dataDirectory}|--hidden`,
    );
    await running.stop();
  });

  test.each<[string, StartOptions]>([
    ['not packaged', { standIn: { system } }],
    ['portable', { standIn: { system, resources: packaged() }, env: { PORTABLE_EXECUTABLE_FILE: 'D:\\p.exe' } }],
  ])(
    '%s: a balloon, since a notification would leave a start menu entry to nothing; a click leads on',
    async (_, each) => {
      const running = await started(each);
      const { screen } = running;
      const page = await running.openWindow();
      await screen.until(standing('well'));
      await connect(running);
      const { title } = await screen.until(({ balloons }) => balloons[0]);
      expect(title).toBe('Is this really mail.example.test?');
      expect(screen.notifications).toEqual([]);
      await screen.ask({ ask: 'click-balloon' });
      await page.getByRole('heading', { name: 'Is this really mail.example.test?' }).waitFor();
      await running.stop();
    },
  );

  test('installed: notifications, under the name that the installer gave its entry', async () => {
    const running = await started({ standIn: { system, resources: packaged() } });
    await running.screen.until(standing('well'));
    await connect(running);
    await running.screen.until(({ notifications }) => notifications[0]);
    const configuration = readFileSync(new URL('../../../electron-builder.yml', import.meta.url), 'utf8');
    expect(configuration).toContain(`\nappId: ${running.screen.appUserModelId}\n`);
    await running.stop();
  });

  test('the window imports what the command would, which is not in the package there', async () => {
    const running = await started({ standIn: { system, resources: packaged() } });
    const page = await running.openWindow();
    await go(page, 'Accounts');
    await page.getByRole('link', { name: 'Add an account' }).click();
    await page.getByRole('link', { name: 'Take over the accounts of stunnel or Email OAuth 2.0 Proxy' }).click();
    const coming = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose the file' }).click();
    const file = join(scratchDirectory('stunnel'), 'stunnel.conf');
    const port = await freePort();
    writeFileSync(file, `client = yes\n[imap]\naccept = ${port}\nconnect = imap.example.org:993\n`);
    await (await coming).setFiles(file);
    await page.getByText('stunnel did not check the server’s certificate here').waitFor();
    await page.getByRole('button', { name: 'Add this' }).click();
    await page.getByText('Now stop stunnel').waitFor();
    expect(await portOf(running, 'imap-2')).toBe(port);
    await running.stop();
  });

  test('a person who logs off: the core ends in order before the app is killed, also without a window', async () => {
    const running = await started({ args: ['--hidden'], standIn: { system } });
    await running.screen.until(standing('well'));
    const port = await portOf(running, 'imap');
    const client = await connect(running);
    await running.screen.until(standing('question'));
    await running.screen.ask({ ask: 'log-off' });
    await running.screen.ended;
    expect(await client.line()).toMatch(/^\* BYE /);
    expect(await accepts(port)).toBe(false);
    expect(existsSync(join(running.dataDirectory, 'control.json'))).toBe(false);
  });
});

describe('Linux', () => {
  test('the place for tray icons comes after us, as at login: the icon is there then, and the menu bar goes', async () => {
    const running = await started({ trayHost: false });
    const { screen } = running;
    await running.openWindow();
    expect(screen.tray).toBeNull();
    expect(screen.windows.get(firstWindow(screen))?.menuBar).toBe(true);
    running.setTrayHost?.(true);
    await screen.until(standing('well'));
    await screen.until(({ windows }) => [...windows.values()].every(({ menuBar }) => !menuBar));
    await running.stop();
  });

  test('without a tray closing is explained once, and can quit', async () => {
    const running = await started({ trayHost: false });
    const { screen } = running;
    await running.openWindow();
    await screen.ask({ ask: 'close', id: firstWindow(screen) });
    const box = await screen.until(({ boxes }) => boxes[0]);
    expect(box.buttons).toEqual(['Keep Postern running', 'Quit Postern']);
    expect(box.detail).toContain('start Postern again');
    await screen.ask({ ask: 'answer-box', id: box.id, response: 0 });
    await screen.until(({ windows }) => [...windows.values()][0]?.state === 'minimised');
    await running.stop();

    const again = await started({ trayHost: false, dataDirectory: running.dataDirectory });
    await again.openWindow();
    await again.screen.ask({ ask: 'close', id: firstWindow(again.screen) });
    await again.screen.until(({ windows }) => [...windows.values()][0]?.state === 'minimised');
    expect(again.screen.boxes).toEqual([]);
    await again.screen.choose('app', 'Quit Postern');
    expect(await again.screen.ended).toBe(0);

    const fresh = await started({ trayHost: false });
    await fresh.openWindow();
    await fresh.screen.ask({ ask: 'close', id: firstWindow(fresh.screen) });
    const { id } = await fresh.screen.until(({ boxes }) => boxes[0]);
    await fresh.screen.ask({ ask: 'answer-box', id, response: 1 });
    expect(await fresh.screen.ended).toBe(0);
  });

  test('hidden, as at login, without a tray: in the task bar', async () => {
    const running = await started({ args: ['--hidden'], trayHost: false });
    await running.screen.until(({ windows }) => [...windows.values()][0]?.state === 'minimised');
    expect(running.screen.tray).toBeNull();
    // The tray appears later than the app: the icon is enough then.
    running.setTrayHost?.(true);
    await running.screen.until(({ windows }) => windows.size === 0);
    await running.stop();
  });

  test('on Wayland nothing is minimised: the window closes, and comes back with a second start', async () => {
    const running = await started({
      args: ['--hidden'],
      trayHost: false,
      env: { XDG_SESSION_TYPE: 'wayland', WAYLAND_DISPLAY: 'wayland-0' },
      files: { 'desktop.json': JSON.stringify({ closingExplained: true }) },
    });
    const { screen } = running;
    const port = await portOf(running, 'imap');
    const second = await standIn.start(browser, { dataDirectory: running.dataDirectory });
    expect(await second.screen?.ended).toBe(0);
    await screen.page();
    await screen.ask({ ask: 'close', id: firstWindow(screen) });
    await screen.until(({ windows }) => windows.size === 0);
    expect(screen.minimisesIgnored).toBe(0);
    expect(await accepts(port)).toBe(true);
    await running.stop();
  });

  test.each(['failed', 'unsupported'] as const)(
    'notifications that are %s: the window comes with the question, and Settings says why',
    async (notifications) => {
      const running = await started({ args: ['--hidden'], standIn: { notifications } });
      await running.screen.until(standing('well'));
      await connect(running);
      const page = await running.screen.page();
      await page.getByRole('heading', { name: 'Is this really mail.example.test?' }).waitFor();
      await go(page, 'Settings');
      await page.getByText('This system does not show Postern’s notifications').waitFor();
      await running.stop();
    },
  );

  test('an icon that cannot be read is no tray: the window is not hidden behind nothing', async () => {
    const running = await started({ args: ['--hidden'], standIn: { images: 'missing' } });
    await running.screen.until(({ windows }) => [...windows.values()][0]?.state === 'minimised');
    expect(running.screen.tray).toBeNull();
    await running.stop();
  });

  test('without Chromium’s sandbox it does not run, and says what would help', async () => {
    const { screen } = await started({ standIn: { commandLine: ['no-sandbox'] } });
    expect(await screen.ended).toBe(1);
    expect(screen.errors.join()).toContain('sandbox');
  });
});

describe('quitting', () => {
  const authority = createAuthority();
  /** A mail program that has connected, and whose server has accepted and then says nothing. */
  async function withArrival() {
    const identity = issue(authority, { names: ['mail.example.test'] });
    const server = await upstream({
      ...{ protocol: 'imap', tls: 'implicit', identity },
      inside: { greeting: { instead: 'silence' } },
    });
    const running = await standIn.start(browser, {
      args: ['--hidden'],
      configuration: { ...configured(['Work', await relayOn(server, 'imap')]), certificateAuthorities: ['root.pem'] },
      files: { 'root.pem': authority.certPem },
    });
    const screen = running.screen as Screen;
    const client = await connect(running);
    await server.connection(0);
    return { running, screen, client };
  }

  test('a mail program that has only just connected gets its seconds, and then a word', async () => {
    const { screen, client } = await withArrival();
    const begun = performance.now();
    await screen.ask({ ask: 'quit' });
    expect(await client.line()).toMatch(/^\* BYE /);
    expect(performance.now() - begun).toBeGreaterThan(2_900);
    expect(await screen.ended).toBe(0);
  });

  test('whoever quits again means at once; nobody is cut off without a word', async () => {
    const { running, screen, client } = await withArrival();
    await screen.ask({ ask: 'quit' });
    void screen.ask({ ask: 'quit' });
    expect(await client.line()).toMatch(/^\* BYE /);
    expect(await screen.ended).toBe(0);
    expect(existsSync(join(running.dataDirectory, 'control.json'))).toBe(false);
  });

  test('the end of a session, told to every process alike: the core does not die of it', async () => {
    const running = await started({ args: ['--hidden'] });
    const { screen } = running;
    await screen.until(standing('well'));
    const client = await connect(running);
    await screen.until(standing('question'));
    process.kill(screen.corePid, 'SIGTERM');
    screen.process.kill('SIGTERM');
    expect(await client.line()).toMatch(/^\* BYE /);
    expect(await screen.ended).toBe(0);
    expect(existsSync(join(running.dataDirectory, 'control.json'))).toBe(false);
    expect(screen.notifications.map(({ title }) => title)).toEqual(['Is this really mail.example.test?']);
  });
});

describe('a page in the system’s browser', () => {
  const authority = createAuthority();

  test.each(['opened', 'refused'] as const)('to sign in at the provider is %s', async (external) => {
    const issuer = await startOidcIssuer({ authority });
    const server = await upstream({
      protocol: 'imap',
      tls: 'implicit',
      identity: issue(authority, { names: ['x.test'] }),
    });
    const { accounts } = configured(['Work', await relayOn(server, 'imap')]);
    const running = await standIn.start(browser, {
      configuration: {
        version: 1,
        accounts: accounts.map((each) => ({ ...each, signIn: { kind: 'oauth', user: 'alice', issuer: issuer.url } })),
        certificateAuthorities: ['root.pem'],
      },
      files: { 'root.pem': authority.certPem },
      // Nothing from a test belongs in the keychain of the person who runs it.
      env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
      standIn: { external },
    });
    const screen = running.screen as Screen;
    const page = await running.openWindow();
    await go(page, 'Accounts');
    await page.getByRole('link', { name: /^Work/ }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    // The address can be copied, whatever the system makes of it.
    await page.getByRole('button', { name: 'Copy the address' }).waitFor();
    if (external === 'opened') {
      expect(await screen.until(({ opened }) => opened[0])).toContain(issuer.url);
    }
    expect(screen.errors).toEqual([]);
    await running.stop();
  });
});

describe('nothing dies quietly', () => {
  test('a window whose files are gone, as while an update replaces them, is told, and comes back with them', async () => {
    const copy = scratchDirectory('copy');
    for (const each of ['dist', 'assets', 'package.json'])
      cpSync(join(root, each), join(copy, each), { recursive: true });
    const [index, away] = [join(copy, 'dist/renderer/index.html'), join(copy, 'index.html')];
    const running = await startTrayApp(join(copy, 'dist/main/electron.js'), browser, {
      args: ['--hidden'],
      configuration: { version: 1, accounts: [] },
    });
    const screen = running.screen as Screen;
    await screen.until(standing('well'));
    renameSync(index, away);
    await screen.ask({ ask: 'click-tray' });
    await screen.until(({ notifications }) => notifications.some(({ title }) => title === 'Postern’s window failed'));
    await screen.until(({ windows }) => windows.size === 0);
    expect(screen.errors).toEqual([]);
    renameSync(away, index);
    await screen.ask({ ask: 'click-tray' });
    await (await screen.page()).locator('h1').waitFor();
    await running.stop();
  });

  test.each(['fatal', 'rejection'] as const)(
    'a core that goes wrong (%s) is started again, without a box that blocks',
    async (coreFault) => {
      const running = await started({ standIn: { coreFault } });
      const { screen } = running;
      const before = await screen.until(({ corePid }) => corePid);
      await screen.until(({ corePid }) => corePid !== before);
      await screen.until(standing('well'));
      expect(screen.errors).toEqual([]);
      await running.stop();
    },
  );

  test('a core that runs out of memory later is told', async () => {
    const running = await started();
    const { screen } = running;
    await screen.until(standing('well'));
    await screen.ask({ ask: 'core-fault' }).catch(() => undefined);
    await screen.until(({ notifications }) =>
      notifications.some(({ title }) => title === 'Postern had to start again'),
    );
    expect(screen.errors).toEqual([]);
    await running.stop();
  });

  test('a core that was told to stop by a command takes the app with it, and is not started again', async () => {
    const running = await started();
    await running.screen.until(standing('well'));
    const core = await connectCore(running.dataDirectory);
    expect(await core.command('stop', {})).toMatchObject({ ok: true });
    expect(await running.screen.ended).toBe(0);
    expect(running.screen.notifications).toEqual([]);
    core.close();
  });

  test('a window that crashed shows itself again', async () => {
    const running = await started();
    const page = await running.openWindow();
    const { screen } = running;
    await screen.ask({ ask: 'crash', id: firstWindow(screen) });
    await eventually(() => page.url()).toContain('window.postern');
    await page.locator('h1').waitFor();
    await running.stop();
  });

  test('a lock that cannot be had is said, and is no success', async () => {
    const { screen } = await started({ standIn: { lock: 'unavailable' } });
    expect(await screen.ended).toBe(1);
    expect(screen.errors.join()).toContain('Postern cannot start');
  });

  test('a data directory that cannot be used is said, and is no success', async () => {
    const file = join(scratchDirectory('file'), 'file');
    writeFileSync(file, '');
    const { screen } = await standIn.start(browser, { args: ['--data-dir', join(file, 'data')] });
    expect(await screen?.ended).toBe(1);
    expect(screen?.errors.join()).toContain(`${join(file, 'data')} is not a folder`);
  });

  test('a page that wants to record the screen gets nothing, and breaks nothing', async () => {
    const running = await started();
    await running.screen.until(standing('well'));
    expect(await running.screen.ask({ ask: 'record-screen' })).toBe(false);
    expect(running.screen.errors).toEqual([]);
    await running.stop();
  });
});
