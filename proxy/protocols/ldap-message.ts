import { type BerElement, berNumber, incomplete, malformed, readBer, readBerAll, type Unread } from './ber.ts';
import { part } from './ldap-operations.ts';

const { sequence, integer, octets, enumerated, controls, referral, simple, sasl, requestName, responseName } = part;

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

/** The addresses between two places; null when something else is there. */
export function readLinks(bytes: Buffer, start: number, end: number): Buffer[] | null {
  const all = readBerAll(bytes, start, end);
  if (!all || all.some(({ tag }) => tag !== octets)) return null;
  return all.map((link) => bytes.subarray(link.start, link.end));
}
