import type { Admission } from '../contract/index.ts';
import type { AccountGate } from '../gate/account-gate.ts';
import type { LocalProof } from '../gate/local-password.ts';
import type { Answer, Command, ServerTalk } from './grammar.ts';
import type { OwnClient } from './own-client.ts';

/** How a mail program may sign in to Postern. NTLM, the only mechanism of some programs, is too weak to offer. */
export const localMechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;
export type LocalMechanism = (typeof localMechanisms)[number];

/** An account that Postern signs in for, as one relay has it. */
export interface OwnSignIn {
  gate: AccountGate;
  admit: Admission;
  /** The server's port: OAUTHBEARER names it (RFC 7628 §3.1). */
  port: number;
}

/** What a mail program attempts with a command. */
export type Attempt =
  | { kind: 'proof'; proof: LocalProof }
  | { kind: 'sasl'; mechanism: LocalMechanism; initial: string | null }
  /** No sign-in is required here. */
  | { kind: 'open' }
  | { kind: 'unknown-mechanism' }
  | { kind: 'malformed' };

/**
 * Postern between the two sides of one dialect: to the mail program it is the server until that has signed in, to the
 * server it is the mail program. Nothing about the sign-in passes from one to the other.
 */
export interface Front<C extends Command> extends ServerTalk<C>, OwnClient {
  attempt(command: C): Attempt;
  /** A challenge as a line without its end. @param data in Base64 */
  challenge(data: string): string;
  wrongPassword(command: C): string;
  unknownMechanism(command: C): string;
  /** The server has accepted: @returns the answer to the mail program's own command */
  enter(command: C, accepted: Extract<Answer, { kind: 'accepted' }>): Promise<Buffer>;
}

/** Reads what follows AUTH or AUTHENTICATE. */
export function saslAttempt(argument: string): Attempt {
  const [name = '', initial = null, ...rest] = argument.trim().split(/\s+/);
  const mechanism = localMechanisms.find((each) => each === name.toUpperCase());
  if (!mechanism) return { kind: 'unknown-mechanism' };
  return rest.length > 0 ? { kind: 'malformed' } : { kind: 'sasl', mechanism, initial };
}

/** Told to a mail program whose local password is wrong: the only case in which it should ask for another. */
export const wrongPasswordWords = "wrong local password. Postern shows the right one on this account's page.";
