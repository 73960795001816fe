import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { measurements, startedWithRelay } from '../end-to-end/desktop/measurements.ts';
import { go, portOf, scenarios } from '../end-to-end/desktop/scenarios.ts';
import { electronShell } from '../end-to-end/desktop/shells.ts';
import { eventually } from '../renderer/support/eventually.ts';
import { RawClient } from '../support/raw-client.ts';

// The real packaged app, through Playwright's `_electron`. Playwright reaches the main process through Node's
// inspector, which the fuses of a release disable: the app tested here was packaged with that one fuse left on
// (`-c.electronFuses.enableNodeCliInspectArguments=true`).

const executablePath = process.env.POSTERN_APP ?? '';
if (!existsSync(executablePath)) {
  throw new Error('Set POSTERN_APP to the program of the packaged app, packaged with the inspector’s fuse left on.');
}
const app = electronShell('the packaged app', { executablePath, args: [] });
const nobody = () => null as never;
const print = (line: string) => process.stdout.write(`${line}\n`);

const withRelay = (args: string[] = []) => startedWithRelay(app, args);

/** Records what the app tells the desktop from now on. */
const listen = (electron: ElectronApplication) =>
  electron.evaluate(({ Tray, Notification }) => {
    const seen = { tooltips: [] as string[], notifications: 0 };
    Object.assign(globalThis, { seen });
    const { setToolTip } = Tray.prototype;
    Tray.prototype.setToolTip = function (text) {
      seen.tooltips.push(text);
      setToolTip.call(this, text);
    };
    const { show } = Notification.prototype;
    Notification.prototype.show = function () {
      seen.notifications += 1;
      show.call(this);
    };
  });
const seen = (electron: ElectronApplication) =>
  electron.evaluate(() => (globalThis as never as { seen: { tooltips: string[]; notifications: number } }).seen);

describe(app.name, () => {
  scenarios(app, nobody);

  test('a question: the tray shows it, a notification tells of it, and the answer lets mail through', async () => {
    const running = await withRelay();
    const page = await running.openWindow();
    await listen(running.electron);
    const client = await RawClient.connect(await portOf(running, 'imap'));
    await eventually(async () => (await seen(running.electron)).tooltips.at(-1)).toBe(
      'Postern: 1 question waits for you',
    );
    expect((await seen(running.electron)).notifications).toBe(1);
    await go(page, 'Certificates');
    await page.getByText('I have compared the fingerprint').click();
    await page.getByRole('button', { name: 'Trust once' }).click();
    expect(await client.line()).toMatch(/^\* OK/);
    await running.stop();
  });

  test('a second instance shows the window of the first, and ends', async () => {
    const running = await withRelay(['--hidden']);
    await portOf(running, 'imap');
    const coming = running.electron.waitForEvent('window');
    const second = spawn(executablePath, ['--data-dir', running.dataDirectory], { stdio: 'ignore' });
    const [code] = await once(second, 'exit');
    expect(code).toBe(0);
    await (await coming).locator('h1').waitFor();
    await running.stop();
  });

  test('the login item is set, or its refusal is said', async () => {
    const running = await withRelay();
    const page = await running.openWindow();
    await go(page, 'Settings');
    const entry = page.getByRole('switch', { name: 'Start when I sign in to this computer' });
    await eventually(() => entry.isEnabled()).toBe(true);
    await page.getByText('Start when I sign in to this computer').click();
    const refused = page.getByText(/did not accept this|allow Postern in the system/);
    await eventually(async () => (await entry.isChecked()) || (await refused.isVisible())).toBe(true);
    print(`login item: ${(await entry.isChecked()) ? 'kept' : 'refused'}`);
    if (await entry.isChecked()) await page.getByText('Start when I sign in to this computer').click();
    await running.stop();
  });

  test('quits in order, and leaves nobody on the port', async () => {
    const running = await withRelay();
    await running.openWindow();
    await portOf(running, 'imap');
    const ended = once(running.electron.process(), 'exit');
    await running.electron.evaluate(({ app: electronApp }) => electronApp.quit());
    expect((await ended)[0]).toBe(0);
    expect(existsSync(join(running.dataDirectory, 'control.json'))).toBe(false);
  });

  measurements(app, { executablePath });
});
