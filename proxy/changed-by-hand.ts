import { unwatchFile, watchFile } from 'node:fs';
import type { OwnFile } from './config/own-file.ts';
import { changedByHandWords } from './contract/index.ts';
import type { StateStore } from './state/store.ts';
import { settleWarning } from './state/warning.ts';

/** How soon it is seen that somebody changed the configuration by hand, in milliseconds: for that, a look at the file will do. */
const lookEveryMilliseconds = 5_000;

/**
 * Warns in the state for as long as somebody's changes of the configuration file are not in effect.
 *
 * @param fault is called for a fault of ours
 * @returns what to call when nobody looks any more
 */
export function watchOwnFile(ownFile: OwnFile, state: StateStore, fault: (error: unknown) => void): () => void {
  const warning = changedByHandWords(ownFile.path);
  const look = () => void ownFile.isChanged().then((is) => settleWarning(state, warning, is), fault);
  watchFile(ownFile.path, { interval: lookEveryMilliseconds, persistent: false }, look);
  return () => unwatchFile(ownFile.path, look);
}
