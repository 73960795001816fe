import {
  type BerElement,
  ber,
  berInteger,
  berNumber,
  incomplete,
  malformed,
  readBer,
  readBerAll,
  type Unread,
} from './ber.ts';

/** The operations of RFC 4511, by the tag that they have on the wire (§4.2 to §4.13). */
export const op = {
  bindRequest: 0x60,
  bindResponse: 0x61,
  unbindRequest: 0x42,
  searchRequest: 0x63,
  searchResultEntry: 0x64,
  searchResultDone: 0x65,
  searchResultReference: 0x73,
  modifyRequest: 0x66,
  modifyResponse: 0x67,
  addRequest: 0x68,
  addResponse: 0x69,
  delRequest: 0x4a,
  delResponse: 0x6b,
  modDnRequest: 0x6c,
  modDnResponse: 0x6d,
  compareRequest: 0x6e,
  compareResponse: 0x6f,
  abandonRequest: 0x50,
  extendedRequest: 0x77,
  extendedResponse: 0x78,
  intermediateResponse: 0x79,
} as const;

/** The answer that each request ends with; those without one are missing (§4.3, §4.11). */
const answers = new Map<number, number>([
  [op.bindRequest, op.bindResponse],
  [op.searchRequest, op.searchResultDone],
  [op.modifyRequest, op.modifyResponse],
  [op.addRequest, op.addResponse],
  [op.delRequest, op.delResponse],
  [op.modDnRequest, op.modDnResponse],
  [op.compareRequest, op.compareResponse],
  [op.extendedRequest, op.extendedResponse],
]);
const results: ReadonlySet<number> = new Set(answers.values());
const requests: ReadonlySet<number> = new Set([...answers.keys(), op.unbindRequest, op.abandonRequest]);

/** The tag of the answer to a request; undefined where it has none. */
export const answerTo = (request: number): number | undefined => answers.get(request);
/** Whether a tag is that of an operation that a program may ask for. */
export const isRequest = (tag: number): boolean => requests.has(tag);
/** Whether a tag is that of an answer that holds an LDAPResult (§4.1.9). */
export const isResult = (tag: number): boolean => results.has(tag);
/** Whether a tag is that of anything that a server may say. */
export const isAnswer = (tag: number): boolean =>
  isResult(tag) || tag === op.searchResultEntry || tag === op.searchResultReference || tag === op.intermediateResponse;

/** Result codes that Postern gives, or that mean something to it (RFC 4511 appendix A). */
export const code = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  partialResults: 9,
  referral: 10,
  confidentialityRequired: 13,
  saslBindInProgress: 14,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  unavailable: 52,
  unwillingToPerform: 53,
} as const;

/** Starts TLS (RFC 4511 §4.14). */
export const startTlsOid = '1.3.6.1.4.1.1466.20037';
/** The server's goodbye, as an answer that nobody asked for (RFC 4511 §4.4.1). */
const noticeOid = '1.3.6.1.4.1.1466.20036';

const sequence = 0x30;
const integer = 0x02;
const octets = 0x04;
const enumerated = 0x0a;
const controls = 0xa0;
const referral = 0xa3;
const simple = 0x80;
const sasl = 0xa3;
const requestName = 0x80;
const responseName = 0x8a;

/** How a message begins (RFC 4511 §4.1.1), and where it ends: its contents may not have arrived yet. */
export interface LdapHead {
  /** Zero in a notice of the server's alone. */
  id: number;
  op: BerElement;
  /** Where the message begins and ends. */
  at: number;
  end: number;
}

/** Reads how the message at a place begins. It takes no more than 18 bytes to tell. */
export function readLdapHead(bytes: Uint8Array, at = 0): LdapHead | Unread {
  if (at < bytes.length && bytes[at] !== sequence) return malformed;
  const whole = readBer(bytes, at);
  if (typeof whole === 'string') return whole;
  const number = readBer(bytes, whole.start, whole.end);
  if (typeof number === 'string') return number;
  if (number.tag !== integer || number.end - number.start > 4) return malformed;
  if (number.end > bytes.length) return incomplete;
  const id = berNumber(bytes, number);
  if (id === null) return malformed;
  const operation = readBer(bytes, number.end, whole.end);
  if (typeof operation === 'string') return operation;
  return { id, op: operation, at, end: whole.end };
}

/** Whether nothing but controls follows the operation of a message that is all there (RFC 4511 §4.1.11). */
export function isWhole(bytes: Uint8Array, { op: { end }, end: last }: LdapHead): boolean {
  const rest = readBerAll(bytes, end, last);
  return rest !== null && (rest.length === 0 || (rest.length === 1 && rest[0]?.tag === controls));
}

/** An LDAPResult (RFC 4511 §4.1.9), up to its referral. */
export interface LdapResult {
  code: number;
  matchedDn: BerElement;
  diagnostic: BerElement;
  /** Where the referral is, if there is one. */
  referral: BerElement | null;
  /** Where what only some answers have begins. */
  rest: number;
}

/** Reads the result in an answer, as soon as it has arrived up to where a referral would be. */
export function readResult(bytes: Uint8Array, { op: { start, end } }: LdapHead): LdapResult | Unread {
  const fields: BerElement[] = [];
  let at = start;
  for (const tag of [enumerated, octets, octets]) {
    const field = readBer(bytes, at, end);
    if (typeof field === 'string') return field;
    if (field.tag !== tag) return malformed;
    if (field.end > bytes.length) return incomplete;
    fields.push(field);
    at = field.end;
  }
  const [first, matchedDn, diagnostic] = fields;
  const value = first && berNumber(bytes, first);
  if (typeof value !== 'number' || !matchedDn || !diagnostic) return malformed;
  if (at === end) return { code: value, matchedDn, diagnostic, referral: null, rest: at };
  if (at >= bytes.length) return incomplete;
  if (bytes[at] !== referral) return { code: value, matchedDn, diagnostic, referral: null, rest: at };
  const links = readBer(bytes, at, end);
  if (typeof links === 'string') return links;
  return { code: value, matchedDn, diagnostic, referral: links, rest: links.end };
}

/** The name in an extended answer, the only thing that one to StartTLS may have beside its result (RFC 4511 §4.14.2). */
export function responseNameOnly(bytes: Buffer, { rest }: LdapResult, { op: { end } }: LdapHead): string | null {
  const all = readBerAll(bytes, rest, end);
  if (!all || all.length > 1) return null;
  const [name] = all;
  if (!name) return '';
  return name.tag === responseName ? bytes.toString('latin1', name.start, name.end) : null;
}

/** A bind (RFC 4511 §4.2). */
export interface LdapBind {
  version: number;
  name: string;
  /** `other` is a way of before LDAPv3, or of one vendor. */
  by:
    | { kind: 'simple'; password: Buffer }
    | { kind: 'sasl'; mechanism: string; credentials: Buffer | null }
    | { kind: 'other' };
}

/** Reads the bind in a message that is all there; null when it is none. */
export function readBind(bytes: Buffer, { op: { start, end } }: LdapHead): LdapBind | null {
  const [version, name, by, ...more] = readBerAll(bytes, start, end) ?? [];
  if (version?.tag !== integer || name?.tag !== octets || !by || more.length > 0) return null;
  const number = berNumber(bytes, version);
  if (number === null) return null;
  const bind = { version: number, name: bytes.toString('utf8', name.start, name.end) };
  if (by.tag === simple) return { ...bind, by: { kind: 'simple', password: bytes.subarray(by.start, by.end) } };
  if (by.tag !== sasl) return { ...bind, by: { kind: 'other' } };
  const [mechanism, credentials, ...others] = readBerAll(bytes, by.start, by.end) ?? [];
  if (mechanism?.tag !== octets || others.length > 0 || (credentials && credentials.tag !== octets)) return null;
  return {
    ...bind,
    by: {
      kind: 'sasl',
      mechanism: bytes.toString('latin1', mechanism.start, mechanism.end),
      credentials: credentials ? bytes.subarray(credentials.start, credentials.end) : null,
    },
  };
}

/** The name of an extended request (RFC 4511 §4.12), as soon as it has arrived. */
export function readRequestName(bytes: Buffer, { op: { start, end } }: LdapHead): { name: string } | Unread {
  const name = readBer(bytes, start, end);
  if (typeof name === 'string') return name;
  if (name.tag !== requestName || name.end - name.start > 256) return malformed;
  if (name.end > bytes.length) return incomplete;
  return { name: bytes.toString('latin1', name.start, name.end) };
}

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

/** The addresses between two places; null when something else is there. */
export function readLinks(bytes: Buffer, start: number, end: number): Buffer[] | null {
  const all = readBerAll(bytes, start, end);
  if (!all || all.some(({ tag }) => tag !== octets)) return null;
  return all.map((link) => bytes.subarray(link.start, link.end));
}

/** A continuation reference to other addresses, with the controls that the first one had. */
export function withLinks(bytes: Buffer, head: LdapHead, links: readonly Buffer[]): Buffer {
  const operation = ber(op.searchResultReference, ...links.map((link) => ber(octets, link)));
  return ber(sequence, berInteger(integer, head.id), operation, bytes.subarray(head.op.end, head.end));
}
