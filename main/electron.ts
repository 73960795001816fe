import { join } from 'node:path';
import { app, dialog, protocol } from 'electron';
import { dataDirectoryPath, prepareDataDirectory } from '../proxy/config/data-directory.ts';
import { readDesktopArguments } from './desktop/arguments.ts';
import { scheme } from './desktop/window-url.ts';
import { words } from './desktop/words.ts';
import { createOutput } from './output.ts';
import { claimInstance } from './single-instance.ts';
import { startTrayApp } from './tray-app.ts';
import { confine } from './window.ts';

// The entry of the tray app: what has to be said to Electron before it is ready, and whether this is to be the one app
// for its data directory.

app.enableSandbox();
app.on('web-contents-created', (_event, contents) => confine(contents));
protocol.registerSchemesAsPrivileged([
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
app.setName(words.product);
// The installer puts the same into its start menu entry: Windows shows no notifications without one.
app.setAppUserModelId('org.postern.Postern');

const given = readDesktopArguments(process.argv);
try {
  const dataDirectory = await dataDirectoryPath(given.dataDirectory ?? undefined);
  await prepareDataDirectory(dataDirectory);
  // An AppImage adds this by itself where the system restricts user namespaces.
  if (app.commandLine.hasSwitch('no-sandbox')) throw new Error(words.problem.noSandbox);
  // What Chromium keeps lies with everything else of Postern, and there is one app for each data directory.
  const folder = join(dataDirectory, 'window');
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
  // A box can be shown when Electron is ready, and not before.
  app.whenReady().then(() => giveUp(error));
}

function giveUp(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  createOutput().complain(`${words.problem.cannotStart}: ${why}`);
  dialog.showErrorBox(words.problem.cannotStart, why);
  app.exit(1);
}
