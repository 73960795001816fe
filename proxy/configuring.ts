import { isDeepStrictEqual } from 'node:util';
import { ConfigurationError } from './config/configuration-error.ts';
import { readConfiguration } from './config/load.ts';
import type { OwnFile } from './config/own-file.ts';
import { saveConfiguration } from './config/save.ts';
import { type Configuration, changedByHandWords, fixedConfigurationWords } from './contract/index.ts';
import type { PracticeTerm } from './practice/practice-term.ts';
import { CommandFailed } from './state/command-failed.ts';
import { createTurns } from './state/in-turn.ts';
import type { StateStore } from './state/store.ts';

/** Changes of the configuration by commands: saved, then in force. They run one at a time: each builds on the one before. */
export interface Configuring {
  /** The configuration in force. */
  readonly current: Configuration;
  /** Runs work that may change the configuration, when it has its turn. */
  inTurn<T>(work: (turn: Turn) => Promise<T>): Promise<T>;
  /** Saves a configuration derived from the one in force, and applies it. @throws CommandFailed; the old one stays in force */
  change(make: (configuration: Configuration) => Configuration): Promise<void>;
}

/** What may be done while nobody else changes the configuration. */
export interface Turn {
  readonly current: Configuration;
  /** Saves a configuration and applies it. @throws CommandFailed; the old one then stays in force */
  save(next: Configuration): Promise<void>;
  /** Applies another one without saving it. @throws ConfigurationError */
  apply(next: Configuration): Promise<void>;
  /** Says before any work that nothing could be saved. @throws CommandFailed where somebody else manages the configuration */
  refuseWhereFixed(): void;
}

export interface ConfiguringContext {
  state: StateStore;
  practice: Pick<PracticeTerm, 'separate' | 'end'>;
  dataDirectory: string;
  /** The configuration's, as Postern knows it. */
  ownFile: OwnFile;
  /** The configuration in force. */
  configuration(): Configuration;
  /** Applies another one without saving it. */
  apply(next: Configuration): Promise<void>;
}

export function createConfiguring(context: ConfiguringContext): Configuring {
  const { state, practice, dataDirectory, ownFile, apply } = context;
  const turns = createTurns();

  function refuseWhereFixed(): void {
    const file = state.get('core', 'core')?.fixedConfiguration;
    if (file !== undefined) throw new CommandFailed('failed', fixedConfigurationWords(file));
  }

  /** Somebody's work must not be lost. @throws ConfigurationError what is wrong with it, or CommandFailed */
  async function refuseWhereChanged(): Promise<void> {
    if (!(await ownFile.isChanged())) return;
    await readConfiguration(ownFile.path);
    throw new CommandFailed('failed', changedByHandWords(ownFile.path));
  }

  async function save(next: Configuration): Promise<void> {
    refuseWhereFixed();
    // The program to run is set only in the file: a user of the window must not choose it.
    if (!isDeepStrictEqual(next.notify, context.configuration().notify)) {
      throw new CommandFailed('bad-input', 'How you are told ("notify") is changed in config.json alone, by hand.');
    }
    const { lasting, practising } = practice.separate(next);
    try {
      await refuseWhereChanged();
      const saved = await saveConfiguration(dataDirectory, lasting);
      await ownFile.take();
      await apply(practising ? { ...saved, accounts: [practising] } : saved);
      if (!practising) await practice.end();
    } catch (error) {
      if (error instanceof CommandFailed) throw error;
      if (error instanceof ConfigurationError) throw new CommandFailed('bad-input', error.message, { cause: error });
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new CommandFailed('failed', `The configuration could not be saved (${code}).`, { cause: error });
    }
  }

  const turn: Turn = {
    get current() {
      return context.configuration();
    },
    ...{ save, apply, refuseWhereFixed },
  };
  return {
    get current() {
      return context.configuration();
    },
    inTurn: (work) => turns(() => work(turn)),
    change: (make) => turns(() => save(make(context.configuration()))),
  };
}
