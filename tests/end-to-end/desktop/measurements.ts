import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../renderer/support/eventually.ts';
import { selfSigned } from '../../support/pki.ts';
import { configured, portOf, relayOn, upstream } from './scenarios.ts';
import type { ElectronShell } from './shells.ts';

const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
const print = (line: string) => process.stdout.write(`${line}\n`);

/** Starts the app with an account of one relay. Electron shows its own windows, so no browser is needed. */
export async function startedWithRelay(app: ElectronShell, args: string[] = []) {
  const identity = selfSigned({ names: ['mail.example.test'] });
  const server = await upstream({ protocol: 'imap', tls: 'implicit', identity });
  return app.start(null as never, { configuration: configured(['Work', await relayOn(server, 'imap')]), args });
}

/**
 * What the app takes on Electron, printed: time, work and processes, with and without a window.
 *
 * @param packaged the program of a packaged app, whose folder is measured, too
 */
export function measurements(app: ElectronShell, packaged?: { executablePath: string }): void {
  test('what it takes until the tray shows, printed', async () => {
    const begin = performance.now();
    const running = await startedWithRelay(app, ['--hidden']);
    await portOf(running, 'imap');
    print(`hidden, start-up until mail can come: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    const [{ user, system }, windows] = await running.electron.evaluate(
      ({ BrowserWindow }) => [process.cpuUsage(), BrowserWindow.getAllWindows().length] as const,
    );
    print(`hidden, work of the main process until then: ${((user + system) / 1000).toFixed(0)} ms`);
    expect(windows).toBe(0);
    await running.stop();
  });

  test('what it takes: start-up, memory and size, printed', async () => {
    const begin = performance.now();
    const running = await startedWithRelay(app);
    await running.openWindow();
    print(`start-up to the window: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    const memory = async (state: string) => {
      const metrics = await running.electron.evaluate(({ app: electronApp }) =>
        electronApp
          .getAppMetrics()
          .map(({ type, name, memory: { workingSetSize } }) => ({ type, name, workingSetSize })),
      );
      print(`processes, ${state}: ${metrics.length}`);
      for (const { type, name, workingSetSize } of metrics) {
        print(`memory, ${state}: ${name ?? type} ${mebibytes(workingSetSize * 1024)}`);
      }
      expect(metrics.length).toBeGreaterThan(1);
      return metrics.filter(({ type }) => type === 'Tab').length;
    };
    expect(await memory('window open')).toBeGreaterThan(0);
    await running.electron.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) window.destroy();
    });
    // Nothing of it remains: its process ends with it.
    await eventually(() => memory('window closed')).toBe(0);
    if (packaged) printSize(packaged.executablePath);
    await running.stop();
  });
}

function printSize(executablePath: string): void {
  const folder =
    process.platform === 'darwin'
      ? executablePath.slice(0, executablePath.indexOf('.app/') + 4)
      : dirname(executablePath);
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  print(`size of ${basename(folder)}: ${mebibytes(sizes.reduce((sum, size) => sum + size, 0))}`);
}
