import type { CommandFailure } from '../contract/index.ts';

/** An expected failure of a command, in words for the person who gave it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly code: CommandFailure['code'];
  readonly reason: CommandFailure['reason'];

  /** @param options.reason of a sign-in */
  constructor(
    code: CommandFailure['code'],
    message: string,
    { reason, ...options }: ErrorOptions & Pick<CommandFailure, 'reason'> = {},
  ) {
    super(message, options);
    this.code = code;
    this.reason = reason;
  }
}

/** The answer to a command that would connect to a server while the person has asked that nothing does. */
export function failedWhilePaused(): CommandFailed {
  return new CommandFailed('failed', 'Postern is paused and makes no connections. Resume it first.');
}
