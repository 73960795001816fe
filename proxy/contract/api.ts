import type { CommandFailure, CommandInput, CommandName, CommandOutputs, Progress } from './commands.ts';
import type { Change, Snapshot } from './state.ts';

/** What a command gives back: its output, or an expected failure in words. */
export type CommandResult<C extends CommandName> =
  | { ok: true; value: CommandOutputs[C] }
  | { ok: false; failure: CommandFailure };

/** What the core sends unprompted, over whatever transport. */
export type CoreMessage =
  | { kind: 'snapshot'; snapshot: Snapshot }
  | { kind: 'changes'; changes: Change[] }
  /**
   * The connection to the core: live, or its last known state is out of date. `signed-out`: a browser window that this
   * core does not know. `silent`: it runs, and does not answer.
   */
  | { kind: 'core'; status: 'live' | 'restarting' | 'gone' | 'signed-out' | 'silent'; reason?: string };

/**
 * The one interface between a window (or the command line) and a running core. IPC and HTTP implement it alike.
 */
export interface PosternApi {
  /**
   * Delivers a snapshot first and then every change after it. After a gap a new snapshot follows.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(listener: (message: CoreMessage) => void): () => void;
  /** Runs one command. `progress` receives the steps of a check or a search as they happen. */
  command<C extends CommandName>(
    name: C,
    input: CommandInput<C>,
    progress?: (step: Progress<C>) => void,
  ): Promise<CommandResult<C>>;
}
