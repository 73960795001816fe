import type { AnyProgress, CommandName, CommandResult, CoreMessage } from '../../proxy/contract/index.ts';

/** Messages from the desktop shell to the core's process. Plain data: they cross a process boundary. */
export type ToCore =
  | { kind: 'start'; dataDirectory: string; version: string }
  | { kind: 'command'; id: number; name: CommandName; input: unknown }
  /** A change is missing: send the whole state again. */
  | { kind: 'snapshot' }
  /** Something went wrong in the shell, to be written to the core's log. */
  | { kind: 'fault'; message: string }
  /**
   * Listeners close at once; transfers under way get their usual time, or `milliseconds`. With `leave` the process then
   * exits on its own; otherwise the one who asked ends it.
   */
  | { kind: 'stop'; milliseconds?: number; leave?: true };

/** Messages from the core's process. */
export type FromCore =
  | { kind: 'message'; message: CoreMessage }
  | { kind: 'progress'; id: number; step: AnyProgress }
  | { kind: 'result'; id: number; result: CommandResult<CommandName> }
  /** It could not start; `message` is for people. */
  | { kind: 'failed'; message: string }
  | { kind: 'stopped' }
  /** Sent every few seconds, whatever else is sent: one that hangs does not. */
  | { kind: 'alive' };

/** The state of the core: live, or why not. */
export type CoreStatus = Extract<CoreMessage, { kind: 'core' }>;
