import { counted } from '../../proxy/contract/index.ts';
import type { StateStore } from '../../proxy/state/store.ts';
import type { ServiceManager } from './notify.ts';

/** Changes within this time are reported together (milliseconds): every message to the manager costs a process. */
const together = 1_000;

/** The state of a core, in the one line that `systemctl status` has for it. */
export function statusLine(state: StateStore): string {
  const relays = state.all('relays');
  const listening = relays.filter(({ listeners }) => listeners.every(({ status }) => status.kind === 'listening'));
  const questions = state.all('questions').length;
  return [
    listening.length === relays.length
      ? `${counted(relays.length, { one: 'relay', other: 'relays' })} listening`
      : `${listening.length} of ${counted(relays.length, { one: 'relay', other: 'relays' })} listening`,
    ...(questions === 0
      ? []
      : [`${counted(questions, { one: 'question waits', other: 'questions wait' })} in "postern certificates"`]),
    ...(state.get('core', 'core')?.paused ? ['paused'] : []),
  ].join(', ');
}

/** Keeps the service manager's line up to date. @returns a function that ends it */
export function tellStatus(state: StateStore, manager: ServiceManager): () => void {
  let timer: NodeJS.Timeout | null = null;
  const unsubscribe = state.subscribe(({ table }) => {
    if (table !== 'relays' && table !== 'questions' && table !== 'core') return;
    timer ??= setTimeout(() => {
      timer = null;
      manager.status(statusLine(state));
    }, together).unref();
  });
  return () => {
    unsubscribe();
    if (timer) clearTimeout(timer);
  };
}
