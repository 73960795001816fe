import { isDeepStrictEqual } from 'node:util';
import { type AccountConfiguration, type Configuration, practiceServer } from '../contract/index.ts';
import type { StateStore } from '../state/store.ts';
import type { TrustDesk } from '../trust/decisions/trust-desk.ts';
import type { Practice } from './practice.ts';

/**
 * The time for which there is a practice account. It is in the state and in the configuration in force, never in the
 * file.
 */
export interface PracticeTerm {
  readonly running: boolean;
  /** Starts the practice. @returns the account to apply */
  begin(): Promise<AccountConfiguration>;
  /** The same account, listening on any ports that are free; null when there is none. */
  anywhere(): AccountConfiguration | null;
  /**
   * Splits a configuration into what belongs in the file, and the practice account if it continues. It ends with the
   * first other account, and once it is no longer in the configuration. Only where it listens may differ.
   */
  separate(next: Configuration): { lasting: Configuration; practising: AccountConfiguration | null };
  /** Ends the practice, if there is one, and forgets what was decided and asked about its certificate. */
  end(): Promise<void>;
}

/** @param fault receives the errors of writes that failed */
export function createPracticeTerm(
  state: StateStore,
  desk: Pick<TrustDesk, 'forget' | 'repeat'>,
  fault: (error: unknown) => void,
): PracticeTerm {
  let begun: Promise<Practice> | null = null;
  let configuration: AccountConfiguration | null = null;

  /** The ids of what is decided about its certificate. */
  const decided = new Set<string>();

  // Its servers show one certificate at three ports. Decisions are for one port each; the person answers only once, and
  // takes the answer back only once.
  state.subscribe(({ table, key, row }) => {
    if (table !== 'decisions' || !configuration) return;
    const { name, relays } = configuration;
    if (row?.account === name && row.host === practiceServer.host) {
      decided.add(key);
      const ports = relays.map(({ port }) => port).filter((port) => port !== row.port);
      // The desk is in the middle of deciding.
      queueMicrotask(() => void Promise.all(ports.map((port) => desk.repeat(row, port))).catch(fault));
    } else if (row === null && decided.delete(key)) {
      queueMicrotask(() => void Promise.all([...decided].map((id) => desk.forget(id))).catch(fault));
    }
  });

  /** The server's port and certificate differ each time: an answer about them means nothing later. */
  async function forgetAll(): Promise<void> {
    const rows = [...state.all('questions'), ...state.all('decisions'), ...state.all('servers')];
    for (const { id } of rows.filter(({ host }) => host === practiceServer.host)) await desk.forget(id, 'practice');
  }

  async function start(): Promise<Practice> {
    // Whatever an earlier practice left behind when Postern was killed.
    await forgetAll();
    // The embedded server and its parts are loaded only when someone practises.
    const { startPractice } = await import('./practice.ts');
    return startPractice(practiceServer.host);
  }

  return {
    get running() {
      return begun !== null;
    },
    async begin() {
      begun ??= start();
      try {
        const practice = await begun;
        configuration = practice.configuration;
        state.patch('core', 'core', { practice: practice.account });
        return configuration;
      } catch (error) {
        begun = null;
        throw error;
      }
    },
    anywhere() {
      if (!configuration) return null;
      const relays = configuration.relays.map((relay) => ({ ...relay, listen: '127.0.0.1:0' }));
      return { ...configuration, relays };
    },
    separate(next) {
      const mine = next.accounts.find((account) => configuration && isSame(account, configuration));
      const practising = mine && next.accounts.length === 1 ? mine : null;
      return { lasting: { ...next, accounts: next.accounts.filter((account) => account !== mine) }, practising };
    },
    async end() {
      if (!begun) return;
      const practice = await begun;
      begun = null;
      configuration = null;
      decided.clear();
      const row = state.get('core', 'core');
      if (row) {
        const { practice: _, ...others } = row;
        state.set('core', 'core', others);
      }
      await practice.stop();
      await forgetAll();
    },
  };
}

function isSame(account: AccountConfiguration, practice: AccountConfiguration): boolean {
  const withoutListen = ({ name, relays }: AccountConfiguration) => ({
    name,
    relays: relays.map((relay) => ({ ...relay, listen: null })),
  });
  return isDeepStrictEqual(withoutListen(account), withoutListen(practice));
}
