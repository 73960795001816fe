import { ber, berInteger } from './ber.ts';
import type { LdapHead, LdapResult } from './ldap-message.ts';
import { noticeOid, op, part, startTlsOid } from './ldap-operations.ts';

const { sequence, integer, octets, enumerated, referral, simple, requestName, responseName } = part;

/** A whole message with one operation. */
export function ldapMessage(id: number, tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return ber(sequence, berInteger(integer, id), ber(tag, ...contents));
}

/** An LDAPResult without a referral. */
function resultFields(value: number, words: string): Buffer[] {
  return [berInteger(enumerated, value), ber(octets), ber(octets, Buffer.from(words))];
}

/** The answer to a request: a result alone. @param tag see `answerTo` */
export function ldapAnswer(id: number, tag: number, value: number, words: string): Buffer {
  return ldapMessage(id, tag, ...resultFields(value, words));
}

/** A notice of disconnection. */
export function disconnectionNotice(value: number, words: string): Buffer {
  return ldapMessage(0, op.extendedResponse, ...resultFields(value, words), ber(responseName, Buffer.from(noticeOid)));
}

export function startTlsRequest(id: number): Buffer {
  return ldapMessage(id, op.extendedRequest, ber(requestName, Buffer.from(startTlsOid)));
}

/** A simple bind of LDAPv3. */
export function simpleBind(id: number, name: string, password: string): Buffer {
  const fields = [berInteger(integer, 3), ber(octets, Buffer.from(name)), ber(simple, Buffer.from(password))];
  return ldapMessage(id, op.bindRequest, ...fields);
}

/** Asks for one attribute of the directory's own entry, which can be read without a sign-in (RFC 4512 §5.1). */
export function rootEntrySearch(id: number, attribute: string): Buffer {
  // Only this entry, never by an alias; any number of seconds and entries; with values.
  const scope = [berInteger(enumerated, 0), berInteger(enumerated, 0), berInteger(integer, 0), berInteger(integer, 0)];
  const present = ber(0x87, Buffer.from('objectClass'));
  const fields = [ber(octets), ...scope, ber(0x01, Buffer.from([0])), present];
  return ldapMessage(id, op.searchRequest, ...fields, ber(sequence, ber(octets, Buffer.from(attribute))));
}

export function unbindRequest(id: number): Buffer {
  return ldapMessage(id, op.unbindRequest);
}

/**
 * The same answer with another result.
 *
 * @param bytes all of it, and nothing else
 * @param links the referral's addresses; none where there are none
 */
export function withResult(
  bytes: Buffer,
  head: LdapHead,
  { matchedDn, rest }: LdapResult,
  { value, words, links }: { value: number; words: Buffer; links: readonly Buffer[] },
): Buffer {
  const fields = [berInteger(enumerated, value), bytes.subarray(matchedDn.at, matchedDn.end), ber(octets, words)];
  if (links.length > 0) fields.push(ber(referral, ...links.map((link) => ber(octets, link))));
  const operation = ber(head.op.tag, ...fields, bytes.subarray(rest, head.op.end));
  return ber(sequence, berInteger(integer, head.id), operation, bytes.subarray(head.op.end, head.end));
}

/** A continuation reference to other addresses, with the controls that the first one had. */
export function withLinks(bytes: Buffer, head: LdapHead, links: readonly Buffer[]): Buffer {
  const operation = ber(op.searchResultReference, ...links.map((link) => ber(octets, link)));
  return ber(sequence, berInteger(integer, head.id), operation, bytes.subarray(head.op.end, head.end));
}
