import type { CommandFailure } from '../contract/index.ts';

/** An expected failure of a command, in words for the person who gave it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly code: CommandFailure['code'];
  readonly reason: CommandFailure['reason'];
  readonly first: CommandFailure['first'];

  /** @param options.reason of a sign-in @param options.first the command that helps */
  constructor(
    code: CommandFailure['code'],
    message: string,
    { reason, first, ...options }: ErrorOptions & Pick<CommandFailure, 'reason' | 'first'> = {},
  ) {
    super(message, options);
    this.code = code;
    this.reason = reason;
    this.first = first;
  }
}

/** The answer to a command that would give an account a name that another one has. */
export function nameTaken(account: string): CommandFailed {
  return new CommandFailed('bad-input', `There is an account named “${account}” already. Choose another name.`);
}

/** The answer to a command that would connect to a server while the person has asked that nothing does. */
export function failedWhilePaused(): CommandFailed {
  const message = 'Postern is paused and makes no connections. Resume it first.';
  return new CommandFailed('failed', message, { first: 'resume' });
}
