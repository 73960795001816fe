import { type LdapHead, readLinks, readResult } from './ldap-message.ts';
import { code, isResult, op } from './ldap-operations.ts';
import { withLinks, withResult } from './ldap-writer.ts';

/** An answer without referrals to servers that a program would speak plaintext to. */
export type Screened =
  | { kind: 'same' }
  /** `instead` is null where nothing is left; `failed`: the program does not get what it asked for. */
  | { kind: 'changed'; instead: Buffer | null; failed: boolean }
  | { kind: 'malformed' };

/** Only these lead to a server over TLS. */
const isSecured = (link: Buffer) => /^ldaps:\/\//i.test(link.toString('latin1'));

/** What LDAPv2 servers write into the text of an answer: RFC 1777 has no other place for a referral. */
const inWords = /(?:^|\n)[ \t]*referral:[ \t]*\r?\n/i;

/**
 * Removes referrals to servers without TLS: the referral in a result (RFC 4511 §4.1.10), a continuation reference
 * (§4.5.3), and the form of LDAPv2.
 *
 * @param bytes one message, all of it
 * @param words what to say where a referral was all that the server answered
 */
export function withoutPlaintextReferrals(bytes: Buffer, head: LdapHead, words: string): Screened {
  if (head.op.tag === op.searchResultReference) return withoutPlaintextLinks(bytes, head);
  if (!isResult(head.op.tag)) return { kind: 'same' };
  const result = readResult(bytes, head);
  if (typeof result === 'string') return { kind: 'malformed' };
  const said = bytes.subarray(result.diagnostic.start, result.diagnostic.end);
  const links = result.referral ? readLinks(bytes, result.referral.start, result.referral.end) : [];
  if (!links) return { kind: 'malformed' };
  const kept = links.filter(isSecured);
  const told = inWords.test(said.toString('latin1'));
  if (kept.length === links.length && !told && (result.code !== code.referral || links.length > 0))
    return { kind: 'same' };
  const failed = kept.length === 0 && (result.code === code.referral || told);
  const value = kept.length === 0 && result.code === code.referral ? code.unwillingToPerform : result.code;
  const instead = withResult(bytes, head, result, {
    value,
    words: failed ? Buffer.from(words) : told ? Buffer.alloc(0) : said,
    links: kept,
  });
  return { kind: 'changed', instead, failed };
}

function withoutPlaintextLinks(bytes: Buffer, head: LdapHead): Screened {
  const links = readLinks(bytes, head.op.start, head.op.end);
  if (!links || links.length === 0) return { kind: 'malformed' };
  const kept = links.filter(isSecured);
  if (kept.length === links.length) return { kind: 'same' };
  return { kind: 'changed', instead: kept.length > 0 ? withLinks(bytes, head, kept) : null, failed: false };
}
