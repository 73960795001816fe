import { concernsOf } from '../proxy/contract/index.ts';
import type { CoreView } from './desktop/tray-standing.ts';
import type { ProxyProcess } from './proxy-process.ts';

/** The facts that the tray shows, as they are now. */
export function coreView({ status, rows }: Pick<ProxyProcess, 'status' | 'rows'>): CoreView {
  const relays = rows('relays');
  return {
    status: status.status,
    paused: rows('core')[0]?.paused ?? false,
    relays,
    concerns: concernsOf({
      questions: rows('questions'),
      decisions: rows('decisions'),
      servers: rows('servers'),
      relays,
    }),
    accounts: rows('accounts'),
  };
}
