import { setImmediate as nextTurn } from 'node:timers/promises';
import { DerFault, DerReader, readBoolean, readOid, readTime, tag } from '../x509/der.ts';
import { limits } from '../x509/limits.ts';
import { UnusableList } from './revocation-list.ts';

/** How many entries are read in one turn of the event loop: about two milliseconds, so that mail goes on meanwhile. */
const perTurn = 10_000;

const reasonCode = '2.5.29.21';
const invalidityDate = '2.5.29.24';
/** The form in which nearly every entry states its reason: one extension, not critical, with one ENUMERATED. */
const plainReason = Buffer.from('300c300a0603551d1504030a01', 'hex');
/** CRLReason: the certificate is no longer revoked (RFC 5280 §5.3.1). */
const removeFromList = 8;

/**
 * Looks certificates up in the entries of a list, without creating objects for any others: lists have hundreds of
 * thousands.
 *
 * @param entries one after the other, as in `revokedCertificates` (RFC 5280 §5.1.2.6)
 * @param serials the bytes of serial numbers
 * @returns those found, in hex, with the second since 1970 when each was revoked
 * @throws {DerFault} when an entry cannot be read
 * @throws {UnusableList} when one has an unknown critical extension: then none may be believed (RFC 5280 §5.3)
 */
export async function findRevoked(entries: Buffer, serials: readonly Buffer[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const wanted = byTail(serials);
  const cursor = new Cursor(entries);
  let read = 0;
  for (let at = 0; at < entries.length; ) {
    cursor.step(at, entries.length, tag.sequence);
    const { from, to } = cursor;
    cursor.step(from, to, tag.integer);
    const serial = wanted.get(tailOf(entries, cursor.from, cursor.to))?.find((candidate) => {
      return candidate.length === cursor.to - cursor.from && candidate.compare(entries, cursor.from, cursor.to) === 0;
    });
    const dated = cursor.to;
    cursor.step(dated, to, entries[dated] === tag.utcTime ? tag.utcTime : tag.generalizedTime);
    const reason = cursor.to < to ? readReason(entries, cursor.to, to) : null;
    if (serial && reason !== removeFromList) {
      found.set(serial.toString('hex'), readTime(new DerReader(entries.subarray(dated, to)).next()));
    }
    at = to;
    read += 1;
    if (read % perTurn === 0) await nextTurn();
  }
  return found;
}

/** Walks DER without a copy or an object per step. */
class Cursor {
  readonly #bytes: Buffer;
  /** Where the content of the last element begins and ends. */
  from = 0;
  to = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  step(at: number, end: number, expected: number): void {
    const bytes = this.#bytes;
    let length = bytes[at + 1] ?? 0;
    let from = at + 2;
    if (from > end || bytes[at] !== expected) throw new DerFault('an entry is not what it should be');
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3 || from + count > end) throw new DerFault('an entry has no sensible length');
      length = bytes.readUIntBE(from, count);
      from += count;
    }
    if (length > end - from) throw new DerFault('an entry is longer than what holds it');
    this.from = from;
    this.to = from + length;
  }
}

/** The last bytes of a serial number are random: they tell most entries apart at the cost of one number. */
function tailOf(bytes: Buffer, from: number, to: number): number {
  const length = Math.min(4, to - from);
  return length === 0 ? 0 : bytes.readUIntBE(to - length, length);
}

function byTail(serials: readonly Buffer[]): Map<number, Buffer[]> {
  const map = new Map<number, Buffer[]>();
  for (const serial of serials) {
    const tail = tailOf(serial, 0, serial.length);
    map.set(tail, [...(map.get(tail) ?? []), serial]);
  }
  return map;
}

/** Reads what follows the date of an entry. @returns the reason's code, or null */
function readReason(entries: Buffer, from: number, to: number): number | null {
  const { length } = plainReason;
  if (to - from === length + 1 && entries.compare(plainReason, 0, length, from, to - 1) === 0) {
    return entries.readUInt8(to - 1);
  }
  let reason: number | null = null;
  for (const element of DerReader.inside(entries.subarray(from, to)).rest(limits.extensions)) {
    const fields = DerReader.inside(element.whole);
    const id = readOid(fields.expect(tag.oid).content);
    const flag = fields.optional(tag.boolean);
    const critical = flag ? readBoolean(flag.content) : false;
    const value = fields.expect(tag.octetString).content;
    fields.end();
    if (id === reasonCode) reason = new DerReader(value).expect(tag.enumerated).content[0] ?? null;
    else if (critical && id !== invalidityDate) throw new UnusableList('has entries that Postern does not understand');
  }
  return reason;
}
