import type { CheckStep } from '../contract/index.ts';

export interface Credentials {
  user: string;
  password: string;
}

/** A step that went well. Failures are thrown. */
export interface DoneStep {
  step: Extract<CheckStep['step'], 'sign-in' | 'mailbox' | 'sign-out'>;
  message: string;
}

/** The sign-in failed; `byServer` when the server itself said no. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
  readonly byServer: boolean;
  /** The server's words, to be recognised but never shown; empty when there were none. */
  readonly reply: string;
  constructor(byServer: boolean, reply = '') {
    super(byServer ? 'turned down' : 'broken off');
    this.byServer = byServer;
    this.reply = reply;
  }
}

/** The server signed the user in, then refused what every mail program does next. */
export class MailboxRefused extends Error {
  override readonly name = 'MailboxRefused';
  /** The server's words, to be recognised but never shown. */
  readonly reply: string;
  constructor(reply: string) {
    super('refused');
    this.reply = reply;
  }
}

/** "1 message", "12 messages". */
export function count(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`;
}
