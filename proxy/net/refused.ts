import type { Finding, RefusalReason } from '../contract/index.ts';

/**
 * A refusal by policy: the one error that a session turns into words for the mail program, a row in the state
 * and an event. Its message is for people and holds no text of the server and no secret.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: RefusalReason;
  /** What it was recognised as, where more is known than the reason. */
  readonly finding: Finding | null;

  constructor(reason: RefusalReason, message: string, options: ErrorOptions & { finding?: Finding | undefined } = {}) {
    super(message, options);
    this.reason = reason;
    this.finding = options.finding ?? null;
  }
}
