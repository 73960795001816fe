import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchBrowser } from '../../renderer/support/window.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { needLinux, needProgram } from '../../support/needs.ts';
import type { Screen } from './screen.ts';
import { virtualDisplay } from './shells.ts';
import { standing, startWithRelay } from './started.ts';

// The app's watch for a tray, on a real session bus and with a real tray: Xfce's panel.

/** A bare desktop: a display and a session bus. @returns the environment of its programs */
async function bareDesktop() {
  needLinux();
  const home = scratchDirectory('desktop');
  const folder = join(home, 'run');
  mkdirSync(folder, { mode: 0o700 });
  const daemon = spawn(needProgram('dbus-daemon'), ['--session', '--nofork', '--nopidfile', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  atEnd(() => daemon.kill());
  const [address] = (await once(daemon.stdout, 'data')) as [Buffer];
  return {
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_RUNTIME_DIR: folder,
    DISPLAY: await virtualDisplay(),
    DBUS_SESSION_BUS_ADDRESS: address.toString().trim(),
  };
}

/** The panel starts programs of its own: they end with it. */
function startPanel(env: Record<string, string>): ChildProcess & { end(): void } {
  const panel = spawn(needProgram('xfce4-panel'), ['--disable-wm-check'], {
    ...{ detached: true, stdio: 'ignore' },
    env: { ...process.env, ...env },
  });
  let hasEnded = false;
  const end = () => {
    if (!hasEnded) process.kill(-(panel.pid as number), 'SIGKILL');
    hasEnded = true;
  };
  atEnd(end);
  return Object.assign(panel, { end });
}

test('the app comes before the panel, as at login; the panel comes, and it goes', async () => {
  const env = await bareDesktop();
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const running = await startWithRelay(browser, { args: ['--hidden'], trayHost: 'real', env });
  const { screen } = running;
  const minimised = ({ windows }: Screen) => [...windows.values()][0]?.state === 'minimised';
  await screen.until(minimised);
  expect(screen.tray).toBeNull();

  const panel = startPanel(env);
  await screen.until(standing('well'));
  await screen.until(({ windows }) => windows.size === 0);

  panel.end();
  await screen.until(({ tray }) => tray === null);
  await running.stop();
});

test('the app comes after the panel: the icon is there at once', async () => {
  const env = await bareDesktop();
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  startPanel(env);
  const first = await startWithRelay(browser, { args: ['--hidden'], trayHost: 'real', env });
  await first.screen.until(standing('well'));
  await first.stop();

  const again = await startWithRelay(browser, { args: ['--hidden'], trayHost: 'real', env });
  await again.screen.until(standing('well'));
  expect(again.screen.windows.size).toBe(0);
  await again.stop();
});
