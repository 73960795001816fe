import { ber, berInteger } from '../../proxy/protocols/ber.ts';
import { readLdapHead, readResult } from '../../proxy/protocols/ldap-message.ts';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { ldapAnswer, ldapMessage } from '../../proxy/protocols/ldap-writer.ts';
import type { RawClient } from './raw-client.ts';

// LDAP's messages, as tests say them.

const text = (words: string) => ber(0x04, Buffer.from(words, 'latin1'));

/** One person found. @param photo how many bytes are in it */
export const entry = (id: number, dn: string, photo = 0): Buffer =>
  ldapMessage(
    id,
    op.searchResultEntry,
    text(dn),
    ber(0x30, ber(0x30, text('jpegPhoto'), ber(0x31, ber(0x04, Buffer.alloc(photo, 0x30))))),
  );

export const done = (id: number, code = 0, words = ''): Buffer => ldapAnswer(id, op.searchResultDone, code, words);
export const bound = (id: number, code = 0, words = ''): Buffer => ldapAnswer(id, op.bindResponse, code, words);
export const reference = (id: number, ...links: string[]): Buffer =>
  ldapMessage(id, op.searchResultReference, ...links.map(text));

/** A result that refers to other servers. @param tag see `op` */
export const referral = (id: number, tag: number, ...links: string[]): Buffer =>
  ldapMessage(id, tag, berInteger(0x0a, 10), text(''), text('look there'), ber(0xa3, ...links.map(text)));

export const search = (id: number, filter = 'cn'): Buffer =>
  ldapMessage(
    id,
    op.searchRequest,
    text('dc=example,dc=test'),
    ...[berInteger(0x0a, 2), berInteger(0x0a, 0), berInteger(2, 0), berInteger(2, 0), ber(0x01, Buffer.from([0]))],
    ...[ber(0x87, Buffer.from(filter)), ber(0x30)],
  );
export const abandon = (id: number, which: number): Buffer => ldapMessage(id, op.abandonRequest, Buffer.from([which]));
/** @param name an object identifier */
export const extended = (id: number, name: string): Buffer =>
  ldapMessage(id, op.extendedRequest, ber(0x80, Buffer.from(name)));
export const saslBind = (id: number, mechanism: string, credentials?: string): Buffer =>
  ldapMessage(
    id,
    op.bindRequest,
    ...[berInteger(2, 3), text('')],
    ber(0xa3, text(mechanism), ...(credentials === undefined ? [] : [text(credentials)])),
  );
/** @param version of the protocol */
export const oldBind = (id: number, version: number, name: string, password: string): Buffer =>
  ldapMessage(id, op.bindRequest, berInteger(2, version), text(name), ber(0x80, Buffer.from(password)));

/** What an answer says, to which request. */
export interface Heard {
  id: number;
  tag: number;
  code: number;
  words: string;
}

/** @param bytes one message and nothing else @throws Error for anything else */
export function heardIn(bytes: Buffer): Heard {
  const head = readLdapHead(bytes);
  const result = typeof head === 'object' && head.end === bytes.length ? readResult(bytes, head) : null;
  if (typeof head !== 'object' || typeof result !== 'object' || !result)
    throw new Error(`heard ${bytes.toString('hex')}`);
  const words = bytes.toString('latin1', result.diagnostic.start, result.diagnostic.end);
  return { id: head.id, tag: head.op.tag, code: result.code, words };
}

/** The next answer that a program hears. Throws as `RawClient.bytes` does. */
export async function nextAnswer(client: RawClient): Promise<Heard> {
  for (let bytes = Buffer.alloc(0); ; bytes = Buffer.concat([bytes, await client.bytes(1)])) {
    const head = readLdapHead(bytes);
    if (typeof head !== 'object') continue;
    return heardIn(Buffer.concat([bytes, await client.bytes(head.end - bytes.length)]));
  }
}
