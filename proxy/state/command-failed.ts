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
