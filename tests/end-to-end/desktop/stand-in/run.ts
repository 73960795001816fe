import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isInArchive, readArchives } from './asar.ts';
import { switches } from './switches.ts';

// Runs the app's entry as Electron's lib/browser/init.ts runs it: what it imports as `electron` is the stand-in.

const standIn = new URL('electron.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context),
});
Object.defineProperty(process, 'platform', { value: switches.system });
// Electron says where a packaged app is; Node has no such property.
Object.assign(process, { resourcesPath: switches.resources ?? '' });

const { app, dialog } = await import('./electron.ts');

// lib/browser/init.ts:17: a blocking message box for an uncaught exception, unless the app listens itself.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return;
  dialog.showErrorBox(
    'A JavaScript error occurred in the main process',
    `Uncaught Exception:\n${error.stack ?? error.message}`,
  );
});
// lib/browser/init.ts:71
process.exit = ((code?: number) => app.exit(code ?? 0)) as typeof process.exit;

const [, , entry = ''] = process.argv;
process.argv.splice(1, 1);
if (isInArchive(entry)) readArchives();
try {
  await import(pathToFileURL(entry).href);
  app.becomeReady();
} catch (error) {
  app.becomeReady();
  process.emit('uncaughtException', error as Error);
}
