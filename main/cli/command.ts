import type { Output } from '../output.ts';

/** 0 fine, 1 the thing asked for failed, 2 bad usage or configuration. */
export type ExitCode = 0 | 1 | 2;

/** What every command is given. */
export interface Surroundings {
  output: Output;
  /** The arguments behind the command's name. */
  args: string[];
  version: string;
  /** The built window's folder. */
  windowDirectory: string;
  /** Where a person can be asked; null where there is none. */
  terminal: Terminal | null;
  /** Reads the first line of what is piped in, without its end. */
  readInputLine(): Promise<string>;
}

export interface Terminal {
  /** @param hidden what is typed is not shown. @returns null when the person gave up (Ctrl+C, Ctrl+D). */
  question(prompt: string, hidden: boolean): Promise<string | null>;
}

/** One command of `postern`, in a file of its own. */
export interface Command {
  /** What `postern <command> --help` shows, line by line. */
  help: readonly string[];
  run(surroundings: Surroundings): Promise<ExitCode>;
}

/** Something is wrong with how the command was typed. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for did not work out, in a sentence for the person. Exit code 1. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}
