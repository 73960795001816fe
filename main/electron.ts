import { join } from 'node:path';
import { app, dialog, protocol } from 'electron';
import { dataDirectoryPath, prepareDataDirectory, refuseSharedFolder } from '../proxy/config/data-directory.ts';
import { makeDirectory } from '../proxy/config/make-directory.ts';
import { errorMessage } from '../proxy/contract/index.ts';
import { harmlessEnvironment } from './cli/environment.ts';
import { readCommandWords, readDesktopArguments } from './desktop/arguments.ts';
import { scheme } from './desktop/window-url.ts';
import { words } from './desktop/words.ts';
import { createOutput } from './output.ts';
import { claimInstance } from './single-instance.ts';
import { startTrayApp } from './tray-app.ts';
import { confine } from './window.ts';

// The entry of the packaged app, which is the tray app and the `postern` command. For the tray app: settings that
// Electron needs before it is ready, and whether this becomes the one app for its data directory.

const commandWords = readCommandWords(process.argv);
if (commandWords) {
  await beTheCommand(commandWords);
} else {
  await beTheApp();
}

/**
 * Runs the `postern` command instead of the app: a fuse keeps Electron's binary from acting as plain Node. What the
 * environment says about trust is dropped here; Electron does not read the parts that Node would read early.
 */
async function beTheCommand(words: readonly string[]): Promise<void> {
  app.dock?.hide();
  process.env = harmlessEnvironment(process.env);
  process.argv = [process.execPath, 'postern', ...words];
  // A separate file, bundled with what it needs: it ends the process.
  await import(new URL('command.js', import.meta.url).href);
}

async function beTheApp(): Promise<void> {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => confine(contents));
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
  app.setName(words.product);
  // The installer puts the same id into its start menu entry: Windows shows no notifications without one. Electron has this
  // call on Windows alone.
  if (process.platform === 'win32') app.setAppUserModelId('org.postern.Postern');

  const given = readDesktopArguments(process.argv);
  try {
    const dataDirectory = await dataDirectoryPath(given.dataDirectory ?? undefined);
    await refuseSharedFolder(dataDirectory);
    await prepareDataDirectory(dataDirectory);
    // An AppImage adds this by itself where the system restricts user namespaces.
    if (app.commandLine.hasSwitch('no-sandbox')) throw new Error(words.problem.noSandbox);
    // Chromium's files are kept with the rest of Postern's, and there is one app for each data directory.
    const folder = join(dataDirectory, 'window');
    await makeDirectory(folder, 0o700);
    app.setPath('userData', folder);
    switch (await claimInstance(app, folder)) {
      case 'ours':
        app
          .whenReady()
          .then(() => startTrayApp({ dataDirectory, folder, given }))
          .catch(giveUp);
        break;
      case 'other':
        app.exit(0);
        break;
      case 'unavailable':
        throw new Error(words.problem.noLock(folder));
    }
  } catch (error) {
    // A dialog can be shown only when Electron is ready.
    app.whenReady().then(() => giveUp(error));
  }
}

function giveUp(error: unknown): void {
  const why = errorMessage(error);
  createOutput().complain(`${words.problem.cannotStart}: ${why}`);
  dialog.showErrorBox(words.problem.cannotStart, why);
  app.exit(1);
}
