import type { CommandFailure } from '../contract/index.ts';

/** An expected failure of a command, in words for the person who gave it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly code: CommandFailure['code'];

  constructor(code: CommandFailure['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is answered to a command that would connect to a server while the person has asked that nothing does. */
export function failedWhilePaused(): CommandFailed {
  return new CommandFailed('failed', 'Postern is paused and makes no connections. Resume it first.');
}
