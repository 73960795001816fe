import { unwatchFile, watchFile } from 'node:fs';
import type { OwnFile } from './config/own-file.ts';
import { changedByHandWords } from './contract/index.ts';
import type { StateStore } from './state/store.ts';
import { settleWarning } from './state/warning.ts';

/** How often the file is checked for changes made by hand, in milliseconds. */
const lookEveryMilliseconds = 5_000;

/**
 * Warns in the state for as long as somebody's changes of the configuration file are not in effect.
 *
 * @param fault is called for an unexpected internal error
 * @returns a function that stops the checks
 */
export function watchOwnFile(ownFile: OwnFile, state: StateStore, fault: (error: unknown) => void): () => void {
  const warning = changedByHandWords(ownFile.path);
  const look = () => void ownFile.isChanged().then((is) => settleWarning(state, warning, is), fault);
  watchFile(ownFile.path, { interval: lookEveryMilliseconds, persistent: false }, look);
  return () => unwatchFile(ownFile.path, look);
}
