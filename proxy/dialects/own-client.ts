import type { LineChannel } from '../net/line-channel.ts';
import type { Offer } from '../sasl/choice.ts';
import type { Answer } from './grammar.ts';

/**
 * Postern as a client of the server, inside verified TLS and after the greeting, on behalf of a mail program or without
 * one. Each call throws Refused.
 */
export interface OwnClient {
  /** What the server offers; asked for where it has not said so. */
  offer(): Promise<Offer>;
  /** The longest initial response, in Base64, that may be on the line with the mechanism. */
  maxInitial(): number;
  /** Begins a sign-in by a mechanism of SASL. @param initial in Base64 */
  begin(mechanism: string, initial: string | null): Promise<Answer>;
  /** Answers the server's challenge, or cancels the sign-in (null). @param data in Base64 */
  goOn(data: string | null): Promise<Answer>;
  /** Signs in by the protocol's own command. */
  byCommand(user: string, password: string): Promise<Answer>;
  /** Looks into the mailbox after the sign-in, and changes nothing; null where the protocol has none. */
  openMailbox(): Promise<Answer | null>;
  /** Says goodbye, and waits for no answer. */
  quit(): Promise<void>;
}

/** A conversation with a server that no mail program takes part in. */
export interface Alone {
  upstream: LineChannel;
  server: string;
  /** Ends it from outside. */
  signal: AbortSignal;
  /** How long the server has for a whole answer, in milliseconds. */
  replyMilliseconds: number;
}
