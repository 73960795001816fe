import type { AnyProgress, CommandName, CommandResult, CoreMessage } from '../../proxy/contract/index.ts';

/** What the desktop shell tells the process that the core runs in. Plain data: it crosses a process boundary. */
export type ToCore =
  | { kind: 'start'; dataDirectory: string; version: string }
  | { kind: 'command'; id: number; name: CommandName; input: unknown }
  /** A change is missing: the whole state once more. */
  | { kind: 'snapshot' }
  /** Something went wrong in the shell: the core's log has it. */
  | { kind: 'fault'; message: string }
  /**
   * Listeners close at once; transfers under way get their time, or `milliseconds`. With `leave` the process ends by
   * itself then; else it is ended by whoever asked.
   */
  | { kind: 'stop'; milliseconds?: number; leave?: true };

/** What the core's process says. */
export type FromCore =
  | { kind: 'message'; message: CoreMessage }
  | { kind: 'progress'; id: number; step: AnyProgress }
  | { kind: 'result'; id: number; result: CommandResult<CommandName> }
  /** It could not start; `message` is for people. */
  | { kind: 'failed'; message: string }
  | { kind: 'stopped' };
