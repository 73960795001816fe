import { op } from '../../protocols/ldap-operations.ts';
import type { CommandRow } from '../grammar.ts';

/** A request that is read whole. Tokens and tickets of a few thousand bytes serve as passwords, too. */
export const maxRequestLength = 32 * 1024;

/**
 * What each request means to the sign-in. A directory need not want one: the first request that is none begins the raw
 * phase, in which messages are still told apart.
 */
const rows = new Map<number, CommandRow>([
  [op.bindRequest, { means: 'sign-in', maxLength: maxRequestLength }],
  // Whatever it takes back has been answered already: during the sign-in there is one request at a time.
  [op.abandonRequest, { means: 'ask', maxLength: 64, beforeTls: true }],
  [op.unbindRequest, { means: 'good-bye', maxLength: 1024, beforeTls: true }],
]);

const startTls: CommandRow = { means: 'start-tls', maxLength: 1024 };
/** What is asked for, and its answer, may be of any length. It is left unread. */
const transfer: CommandRow = { means: 'raw-at-once', maxLength: Infinity };

/** @param asksForTls whether an extended request is the one for TLS */
export function rowOf(tag: number, asksForTls: boolean): CommandRow {
  return asksForTls ? startTls : (rows.get(tag) ?? transfer);
}
