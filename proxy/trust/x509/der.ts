import { limits } from './limits.ts';

/**
 * A strict reader of DER (X.690 §10): definite and shortest lengths, one-byte tags, nothing left over. Trust decisions
 * depend on these bytes, so anything doubtful is a fault and is never skipped.
 */

/** The bytes are not the DER that was expected. The message is for people and contains none of the bytes. */
export class DerFault extends Error {
  override readonly name = 'DerFault';
}

/** The identifier bytes that certificates and OCSP responses use. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[n]` around other elements. */
  constructed: (n: number) => 0xa0 | n,
  /** `[n]` in place of a primitive type's own tag. */
  primitive: (n: number) => 0x80 | n,
} as const;

export interface Element {
  tag: number;
  content: Buffer;
  /** Tag and length included. */
  whole: Buffer;
}

/** Walks the elements of one level. Every method throws {@link DerFault}. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The elements inside a SEQUENCE (or another tag) that must be all there is in `bytes`. */
  static inside(bytes: Buffer, outerTag: number = tag.sequence): DerReader {
    const outer = new DerReader(bytes);
    const inner = new DerReader(outer.expect(outerTag).content);
    outer.end();
    return inner;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next element's tag, or undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  next(): Element {
    const start = this.#at;
    const identifier = this.#byte();
    if ((identifier & 0x1f) === 0x1f) throw new DerFault('it uses a tag that certificates do not have');
    const length = this.#length();
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new DerFault('an element is longer than what holds it');
    this.#at = from + length;
    return {
      tag: identifier,
      content: this.#bytes.subarray(from, this.#at),
      whole: this.#bytes.subarray(start, this.#at),
    };
  }

  expect(expected: number): Element {
    if (this.nextTag !== expected) throw new DerFault('an element is missing or of another kind than expected');
    return this.next();
  }

  /** The next element when it has this tag; leaves it otherwise. */
  optional(expected: number): Element | undefined {
    return this.nextTag === expected ? this.next() : undefined;
  }

  /** A reader for the content of the next element. */
  enter(expected: number = tag.sequence): DerReader {
    return new DerReader(this.expect(expected).content);
  }

  /** All elements that are left; more than `max` are a fault. */
  rest(max = Number.POSITIVE_INFINITY): Element[] {
    const elements: Element[] = [];
    while (!this.done) {
      if (elements.length >= max) throw new DerFault('there is more in it than anybody needs');
      elements.push(this.next());
    }
    return elements;
  }

  end(): void {
    if (!this.done) throw new DerFault('there is more in it than expected');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerFault('it ends too early');
    this.#at += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    // Four bytes reach 4 GiB; the handshake is cut off at a small fraction of that.
    if (count === 0 || count > 4) throw new DerFault('a length is not in its definite form');
    let length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerFault('a length is not in its shortest form');
    return length;
  }
}

/** An object identifier in its usual form, such as `2.5.29.15`. */
export function readOid(content: Buffer): string {
  if (content.length === 0 || content.length > limits.oidBytes)
    throw new DerFault('an object identifier has no sensible length');
  let text = '';
  let from = 0;
  for (const [at, byte] of content.entries()) {
    if (at === from && byte === 0x80) throw new DerFault('an object identifier is not in its shortest form');
    if (byte >= 0x80) continue;
    const part = readArc(content, from, at + 1);
    // X.690 §8.19.4: the first two arcs are in one number, and the first is 0, 1 or 2.
    if (from > 0) text += `.${part}`;
    else text = part < 40 ? `0.${part}` : part < 80 ? `1.${Number(part) - 40}` : `2.${subtract80(part)}`;
    from = at + 1;
  }
  if (from < content.length) throw new DerFault('an object identifier ends too early');
  return text;
}

function readArc(content: Buffer, from: number, to: number): number | bigint {
  // Seven bits a byte: this many fit into a number without loss.
  if (to - from <= 7) {
    let value = 0;
    for (let at = from; at < to; at += 1) value = value * 128 + ((content[at] ?? 0) & 0x7f);
    return value;
  }
  let value = 0n;
  for (let at = from; at < to; at += 1) value = (value << 7n) | BigInt((content[at] ?? 0) & 0x7f);
  return value;
}

function subtract80(part: number | bigint): number | bigint {
  return typeof part === 'number' ? part - 80 : part - 80n;
}

/** @returns the bytes of the INTEGER, in two's complement, checked for the shortest form. */
export function readInteger(content: Buffer): Buffer {
  const [first, second] = content;
  if (first === undefined) throw new DerFault('a number is empty');
  const padded = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (padded) throw new DerFault('a number is not in its shortest form');
  return content;
}

/** A number that may not be negative; one too large to matter becomes `Number.MAX_SAFE_INTEGER`. */
export function readCount(content: Buffer): number {
  const bytes = readInteger(content);
  if (bytes.readUInt8(0) >= 0x80) throw new DerFault('a number is negative');
  return bytes.length > 6 ? Number.MAX_SAFE_INTEGER : bytes.readUIntBE(0, bytes.length);
}

export function readBoolean(content: Buffer): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerFault('a BOOLEAN is neither TRUE nor FALSE');
  return content[0] === 0xff;
}

/** @returns the bits as bytes; the unused bits at the end are zero. */
export function readBitString(content: Buffer): Buffer {
  const [unused] = content;
  const last = content.at(-1) ?? 0;
  if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0))
    throw new DerFault('a bit string is broken');
  if (unused > 0 && (last & ((1 << unused) - 1)) !== 0) throw new DerFault('a bit string has bits behind its end');
  return content.subarray(1);
}

/** A bit string of whole bytes, as signatures and keys are: no two encodings of it read the same. */
export function readOctets(content: Buffer): Buffer {
  if (content[0] !== 0) throw new DerFault('a bit string does not end with a byte');
  return content.subarray(1);
}

/** UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5. @returns seconds since 1970. */
export function readTime(element: Element): number {
  const text = element.content.toString('latin1');
  const parts =
    element.tag === tag.utcTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
      : element.tag === tag.generalizedTime
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
        : null;
  if (!parts) throw new DerFault('a date is not in the form that certificates use');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const fullYear = element.tag === tag.utcTime ? (year < 50 ? 2000 + year : 1900 + year) : year;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const sensible =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!sensible) throw new DerFault('a date does not exist');
  return date.getTime() / 1000;
}
