/**
 * The Basic Encoding Rules as LDAP restricts them: every length is definite, every tag one byte (RFC 4511 §5.1). Lengths
 * may take more bytes than they need: Active Directory always uses four.
 */

/** No more than an LDAP integer holds: `maxInt` (RFC 4511 §4.1.1). */
const maxLength = 0x7fffffff;

/** Where an element's contents are. They may not have arrived yet. */
export interface BerElement {
  tag: number;
  /** Of its tag. */
  at: number;
  /** Of its contents. */
  start: number;
  /** Behind its contents. */
  end: number;
}

/** What has been read so far says nothing yet. */
export const incomplete = 'incomplete';
/** No more bytes will make sense of it. */
export const malformed = 'malformed';
export type Unread = typeof incomplete | typeof malformed;

/**
 * Reads an element's tag and length.
 *
 * @param at where it begins
 * @param limit where what it is part of ends, if that is known: it must end there too
 */
export function readBer(bytes: Uint8Array, at: number, limit = Infinity): BerElement | Unread {
  const short = at + 2 > limit ? malformed : incomplete;
  const tag = bytes[at];
  if (tag === undefined) return short;
  // A tag of more than one byte.
  if ((tag & 0x1f) === 0x1f) return malformed;
  const first = bytes[at + 1];
  if (first === undefined) return short;
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    // 0x80 is the indefinite form; more than four bytes are more than an integer of LDAP's.
    if (count === 0 || count > 4 || start + count > limit) return malformed;
    length = 0;
    for (let index = 0; index < count; index += 1) {
      const byte = bytes[start + index];
      if (byte === undefined) return incomplete;
      length = length * 256 + byte;
    }
    start += count;
  }
  const end = start + length;
  return length > maxLength || end > limit ? malformed : { tag, at, start, end };
}

/**
 * Reads all elements between two places, to the last byte.
 *
 * @returns null when they are not elements, or not all there
 */
export function readBerAll(bytes: Uint8Array, start: number, end: number): BerElement[] | null {
  const all: BerElement[] = [];
  for (let at = start; at < end; ) {
    const element = readBer(bytes, at, end);
    if (typeof element === 'string' || element.end > bytes.length) return null;
    all.push(element);
    at = element.end;
  }
  return all;
}

/** A whole number that is not negative and has at most four bytes; null for any other. */
export function berNumber(bytes: Uint8Array, { start, end }: BerElement): number | null {
  const first = bytes[start];
  if (end === start || first === undefined || first >= 0x80 || end - start > 4 || end > bytes.length) return null;
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

/** An element with these contents, its length as short as can be. */
export function ber(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, { length: each }) => sum + each, 0);
  const head = [tag];
  if (length < 0x80) head.push(length);
  else if (length < 0x100) head.push(0x81, length);
  else if (length < 0x10000) head.push(0x82, length >> 8, length & 0xff);
  else head.push(0x84, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
  return Buffer.concat([Buffer.from(head), ...contents]);
}

/** An INTEGER or ENUMERATED of a number that is not negative. */
export function berInteger(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  let from = 0;
  // The shortest form whose first bit says that it is not negative.
  while (from < 4 && bytes[from] === 0 && (bytes[from + 1] ?? 0) < 0x80) from += 1;
  return ber(tag, bytes.subarray(from));
}
