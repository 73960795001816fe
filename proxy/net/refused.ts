import type { RefusalReason } from '../contract/index.ts';

/**
 * A refusal by policy: the one error that a session turns into words for the mail program, a row in the state
 * and an event. Its message is for people and holds no text of the server and no secret.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
