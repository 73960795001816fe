import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { whyNoUpdates } from './desktop/updates.ts';
import type { UpdateSource } from './updater.ts';

/** The package of this build. */
export interface Manifest {
  version: string;
  /** Set by packaging if the build was signed. */
  signed?: boolean;
}

/** electron-updater, where this build may use it. */
export async function updateSource({ signed = false }: Manifest, portable: boolean) {
  const file = join(process.resourcesPath, 'app-update.yml');
  const feed = app.isPackaged && existsSync(file) ? readFileSync(file, 'utf8') : null;
  const why = whyNoUpdates({ system: process.platform, feed, signed, portable });
  if (why !== null) return why;
  const { default: updater } = await import('electron-updater');
  return updater.autoUpdater as UpdateSource;
}
