import type { Output } from '../output.ts';

/** 0 success, 1 failure, 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2;

/** What every command is given. */
export interface CommandContext {
  output: Output;
  /** The arguments after the command's name. */
  args: string[];
  version: string;
  /** The built window's folder. */
  windowDirectory: string;
  /** Asks a person; null where there is none. */
  terminal: Terminal | null;
  /** Reads the first line of what is piped in, without its line end. */
  readInputLine(): Promise<string>;
}

export interface Terminal {
  /** @param hidden do not echo what is typed. @returns null when the person gave up (Ctrl+C, Ctrl+D). */
  question(prompt: string, hidden: boolean): Promise<string | null>;
}

/** One command of `postern`, in a file of its own. */
export interface Command {
  /** What `postern <command> --help` shows, line by line. */
  help: readonly string[];
  run(context: CommandContext): Promise<ExitCode>;
}

/** Something is wrong with how the command was typed. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command failed, with a sentence for the person. Exit code 1. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
  /** Lines below the sentence, such as commands to choose from. */
  readonly below: readonly string[];

  constructor(message: string, below: readonly string[] = []) {
    super(message);
    this.below = below;
  }
}
