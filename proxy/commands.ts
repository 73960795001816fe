import { ConfigurationError } from './config/configuration-error.ts';
import { saveConfiguration } from './config/save.ts';
import {
  type CommandInput,
  type CommandName,
  type CommandOutputs,
  type Configuration,
  type Progress,
  parseListen,
} from './contract/index.ts';
import type { Searches } from './discovery/searches.ts';
import type { Resolve } from './net/dial.ts';
import { freePorts } from './net/free-ports.ts';
import type { PracticeTerm } from './practice/practice-term.ts';
import { clearStaleRefusals } from './stale-refusals.ts';
import { CommandFailed } from './state/command-failed.ts';
import type { StateStore } from './state/store.ts';
import type { TrustDesk } from './trust/decisions/trust-desk.ts';

/** Runs a command. Rejects with `CommandFailed` for what may be expected to fail. */
export type Commands = {
  [C in CommandName]: (input: CommandInput<C>, progress?: (step: Progress<C>) => void) => Promise<CommandOutputs[C]>;
};

/** What commands act on. */
export interface CommandsContext {
  state: StateStore;
  desk: TrustDesk;
  searches: Searches;
  practice: PracticeTerm;
  dataDirectory: string;
  version: string;
  resolve: Resolve;
  now: () => Date;
  /** The configuration in force. */
  configuration(): Configuration;
  /** Puts another one in force, without saving it. */
  apply(next: Configuration): Promise<void>;
  /** This computer may be in another network than before. */
  networkChanged(): void;
  requestStop(): void;
}

/** What people, scripts and the window can ask of the core. Inputs are checked where they arrive. */
export function createCommands(context: CommandsContext): Commands {
  const { state, desk, searches, practice, dataDirectory, version, resolve, now, apply } = context;

  /** Changes of the configuration come one after the other: each builds on what the one before has left. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  /** Saves a configuration and puts it in force. @throws CommandFailed; the old one stands then */
  async function configure(next: Configuration): Promise<void> {
    const { lasting, practising } = practice.separate(next);
    try {
      const saved = await saveConfiguration(dataDirectory, lasting);
      await apply(practising ? { ...saved, accounts: [practising] } : saved);
      if (!practising) await practice.end();
    } catch (error) {
      if (error instanceof ConfigurationError) throw new CommandFailed('bad-input', error.message, { cause: error });
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new CommandFailed('failed', `The configuration could not be saved (${code}).`, { cause: error });
    }
  }

  async function practise(): Promise<void> {
    const configuration = context.configuration();
    if (!practice.running && configuration.accounts.length > 0) {
      throw new CommandFailed(
        'failed',
        'There is an account already; the practice account is for a start without one.',
      );
    }
    await apply({ ...configuration, accounts: [await practice.begin()] });
    // Between the look for free ports and the listening another program may have taken one.
    const failed = state
      .all('relays')
      .some(({ listeners }) => listeners.some(({ status }) => status.kind === 'failed'));
    const elsewhere = failed ? practice.anywhere() : null;
    if (elsewhere) await apply({ ...configuration, accounts: [elsewhere] });
  }

  return {
    approve: async ({ id, remember }) => desk.approve(id, remember),
    reject: async ({ id }) => desk.reject(id),
    forget: async ({ id }) => ({ forgotten: await desk.forget(id) }),
    async pause() {
      state.patch('core', 'core', { paused: true });
      return null;
    },
    async resume() {
      state.patch('core', 'core', { paused: false });
      return null;
    },
    configuration: async () => context.configuration(),
    async configure({ configuration: next }) {
      await inTurn(() => configure(next));
      return null;
    },
    discover: (input, progress) => searches.run(input, progress),
    async cancelDiscovery({ search }) {
      searches.cancel(search);
      return null;
    },
    addAccount: (input) =>
      inTurn(async () => {
        const { planAccount } = await import('./discovery/account.ts');
        const configuration = context.configuration();
        const { accounts } = configuration;
        const account = await planAccount(input, accounts, (kinds) => freePorts(kinds, configuredPorts(configuration)));
        await configure({ ...configuration, accounts: [...accounts, account] });
        return { account };
      }),
    async check(input, progress) {
      const { check } = await import('./check/check.ts');
      return check(input, { state, configuration: context.configuration(), resolve, now }, progress);
    },
    async startPractice() {
      await inTurn(practise);
      return null;
    },
    freePorts: async ({ protocols }) => ({
      ports: await freePorts(protocols, configuredPorts(context.configuration())),
    }),
    async networkChanged() {
      context.networkChanged();
      clearStaleRefusals(state);
      return null;
    },
    async diagnostics() {
      const { collectDiagnostics } = await import('./diagnostics/bundle.ts');
      return collectDiagnostics({ state, configuration: context.configuration(), dataDirectory, version, now });
    },
    async stop() {
      context.requestStop();
      return null;
    },
  };
}

function configuredPorts(configuration: Configuration): Set<number> {
  const listens = configuration.accounts.flatMap(({ relays }) => relays.map(({ listen }) => listen));
  return new Set(listens.flatMap((listen) => parseListen(listen) ?? []).map(({ port }) => port));
}
