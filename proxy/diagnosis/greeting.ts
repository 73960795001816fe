import replies from '../../assets/greeting-replies.json' with { type: 'json' };
import type { Finding, Protocol } from '../contract/index.ts';

/** The protocol that a server's first bytes belong to. */
export type Spoken = Protocol | 'http' | 'tls';

/** Why a server may refuse a connection before it has seen a password. */
type TurnedAway =
  | 'server-too-many-connections'
  | 'server-unavailable'
  | 'address-blocked'
  | 'greeting-name-refused'
  | 'connection-unwanted';

/** One row of the table: how a server says, before any sign-in, that it does not want this connection, or not now. */
interface KnownRefusal {
  /** A regular expression for its words, ignoring case. */
  reply: string;
  /** Only in answer to this command. */
  to?: string;
  code: TurnedAway;
  /** Where the words come from. */
  source: string;
}

export const knownRefusals = replies as KnownRefusal[];

/** How a message that answers no request begins (RFC 4511 §4.4.1): its length in one of its forms, number zero, an extended answer. */
const ldapNotice = new RegExp(`^0(?:[^\\x80-\\xff]|[\\x81-\\x84].{1,4}?)${String.fromCharCode(2, 1, 0)}x`, 's');

/** How each protocol's server begins. The first that fits: a news server's welcome is a reply that SMTP's grammar has as well. */
const beginnings: Record<Protocol, RegExp> = {
  imap: /^\* (?:OK|NO|BAD|BYE|PREAUTH)\b/i,
  pop3: /^(?:\+OK|-ERR)\b/,
  nntp: /^20[01](?: |\s*$)/,
  smtp: /^[2-5]\d\d(?:[ -]|\s*$)/,
  // LDAP has no greeting: the only unsolicited message is the notice of disconnection.
  ldap: ldapNotice,
};

/** Only this much of a greeting is examined. */
const maxText = 2000;

/**
 * Recognises the protocol from the first bytes, as Latin-1.
 *
 * @returns null for anything else, or when there is too little to tell
 */
export function recogniseGreeting(said: string): Spoken | null {
  const type = said.charCodeAt(0);
  if (type >= 0x14 && type <= 0x17 && said.charCodeAt(1) === 3) return 'tls';
  if (/^(?:HTTP\/|<!doctype|<html|<head|<\?xml)/i.test(said)) return 'http';
  return (Object.keys(beginnings) as Protocol[]).find((protocol) => beginnings[protocol].test(said)) ?? null;
}

/** Whether the bytes are another protocol's greeting. Three digits may also begin a refusal in NNTP. */
export function isGreetingOfAnother(spoken: Spoken | null, expected: Protocol): spoken is Protocol {
  if (spoken === null || spoken === 'tls' || spoken === 'http' || spoken === expected) return false;
  return !(expected === 'nntp' && spoken === 'smtp');
}

/**
 * Recognises what a server's greeting is when it is not a welcome: a web page, another protocol, or a server that says
 * why it refuses.
 *
 * @param said its first line, as Latin-1
 */
export function greetingFinding(said: string, expected: Protocol): Finding | undefined {
  const spoken = recogniseGreeting(said);
  if (spoken === 'http') return { code: 'captive-portal' };
  if (spoken === 'tls') return { code: 'port-wants-implicit-tls' };
  const refuses = spoken === 'smtp' && /^[45]/.test(said);
  // A refusal in SMTP's form may also be one of NNTP (RFC 3977 §3.2).
  if (refuses && expected === 'nntp') return turnedAwayFinding(said, expected, 'greeting');
  // Some servers refuse with SMTP's codes on every port (SmarterMail: 421).
  const refusal = refuses ? recogniseRefusal(said, 'greeting') : null;
  if (refusal && refusal !== 'connection-unwanted') return { code: refusal };
  if (spoken !== null && spoken !== expected) return { code: 'wrong-protocol', facts: { spoken } };
  return spoken === null ? undefined : turnedAwayFinding(said, expected, 'greeting');
}

/**
 * Recognises why a server turned a connection away, in place of the greeting or in answer to EHLO. It has seen no
 * password yet, and says nothing about encryption.
 *
 * @param said its words, as Latin-1; none of them is in the finding
 */
export function turnedAwayFinding(said: string, protocol: Protocol, to: 'greeting' | 'introduction'): Finding {
  const known = recogniseRefusal(said, to);
  if (known) return { code: known };
  return { code: protocol === 'smtp' ? 'connection-unwanted' : 'server-unavailable' };
}

/**
 * Looks a server's words up in the table of refusals that come before a sign-in, or in place of an answer to it.
 *
 * @returns null for words that it does not have
 */
export function recogniseRefusal(said: string, to: 'greeting' | 'introduction'): TurnedAway | null {
  const text = said.slice(0, maxText).replace(/\s+/g, ' ');
  const known = knownRefusals.find(
    (row) => (row.to === undefined || row.to === to) && new RegExp(row.reply, 'i').test(text),
  );
  return known?.code ?? null;
}
