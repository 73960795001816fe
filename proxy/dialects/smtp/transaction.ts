/*
 * One mail transaction after another (RFC 5321 §3.3, RFC 3030 §2), as a relay for devices follows it. Rules:
 *
 * - A command moves on only when the server has accepted it. A refused sender or recipient leaves things as they are.
 * - A program is not signed in until the server has accepted its sign-in, or, where none is required, its first sender.
 * - A message can only have the sender and recipients that were checked: its text cannot be reached without them.
 * - A text ends its transaction whatever becomes of it; so do RSET and a new introduction.
 */

/** What the server has accepted so far. */
export const transactionStates = ['stranger', 'none', 'sender', 'recipients', 'chunks'] as const;
export type TransactionState = (typeof transactionStates)[number];

/** `CHUNK` and `LAST` are BDAT without and with LAST. */
export const transactionCommands = ['AUTH', 'MAIL', 'RCPT', 'DATA', 'CHUNK', 'LAST', 'RSET', 'HELLO'] as const;
export type TransactionCommand = (typeof transactionCommands)[number];

/** Transitions by accepted command; a missing entry means that the command is out of order. */
export const transactionSteps: Record<TransactionState, { [command in TransactionCommand]?: TransactionState }> = {
  // RFC 4954 §4: no AUTH after one that succeeded, nor during a transaction.
  stranger: { AUTH: 'none', MAIL: 'sender', RSET: 'stranger', HELLO: 'stranger' },
  none: { MAIL: 'sender', RSET: 'none', HELLO: 'none' },
  sender: { RCPT: 'recipients', RSET: 'none', HELLO: 'none' },
  recipients: { RCPT: 'recipients', DATA: 'none', CHUNK: 'chunks', LAST: 'none', RSET: 'none', HELLO: 'none' },
  chunks: { CHUNK: 'chunks', LAST: 'none', RSET: 'none', HELLO: 'none' },
};

export class Transaction {
  #state: TransactionState = 'stranger';
  /** The bytes of the chunks that the server has accepted. */
  chunked = 0;

  get state(): TransactionState {
    return this.#state;
  }

  /** Between two messages of a program that has signed in. */
  get betweenMessages(): boolean {
    return this.#state === 'none';
  }

  allows(command: TransactionCommand): boolean {
    return transactionSteps[this.#state][command] !== undefined;
  }

  /** The server has accepted a command that is allowed. */
  accepted(command: TransactionCommand): void {
    this.#state = transactionSteps[this.#state][command] ?? this.#state;
    if (this.#state !== 'chunks') this.chunked = 0;
  }

  /** The text has been sent, and the server refused it. */
  lost(): void {
    this.#state = 'none';
    this.chunked = 0;
  }
}
