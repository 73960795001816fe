import { DerFault, DerReader, type Element, readOid, tag } from './der.ts';
import { limits } from './limits.ts';

/** A subject or issuer (RFC 5280 §4.1.2.4), readable and comparable. */
export interface DistinguishedName {
  /** As in the certificate. */
  der: Buffer;
  empty: boolean;
  /** One key for each relative name; equal names have equal lists (RFC 5280 §7.1: case and spacing do not count). */
  keys: string[];
  /** All keys in one text, for looking names up. */
  key: string;
  /** False where a text is compared byte by byte although it equals others in another spelling. */
  comparable: boolean;
  /** Attribute types and texts in order, for people. Not sanitised. */
  attributes: { type: string; text: string }[];
}

const shortNames: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
};

/** A text with four bytes per character, which nobody uses (RFC 5280 §4.1.2.4): it is not read. */
const universalString = 0x1c;

/**
 * A run of accents too long to be sorted, as Unicode's normal forms do. Some letters of Japanese, Thai and Lao become
 * accents.
 */
const tooManyMarks = new RegExp(`[\\p{M}\\uff9e\\uff9f\\u0e33\\u0eb3]{${limits.comparedMarks + 1}}`, 'u');

/**
 * @param der a whole Name, its SEQUENCE included
 * @throws {DerFault}
 */
export function readName(der: Buffer): DistinguishedName {
  const reader = DerReader.inside(der);
  const attributes: DistinguishedName['attributes'] = [];
  const keys: string[] = [];
  let isComparable = true;
  while (!reader.done) {
    const relative = reader.enter(tag.set);
    const parts: string[] = [];
    if (relative.done) throw new DerFault('a name has an empty part');
    while (!relative.done) {
      const attribute = relative.enter();
      const oid = readOid(attribute.expect(tag.oid).content);
      const value = attribute.next();
      attribute.end();
      const text = textOf(value);
      attributes.push({ type: shortNames[oid] ?? oid, text: text ?? `#${value.whole.toString('hex').slice(0, 200)}` });
      const same = text === null ? null : comparable(text);
      if (same === null && (text !== null || value.tag === universalString)) isComparable = false;
      parts.push(`${oid}=${same === null ? `#${value.whole.toString('hex')}` : JSON.stringify(same)}`);
      if (attributes.length > limits.nameAttributes) throw new DerFault('a name has too many parts');
    }
    keys.push(parts.sort().join('+'));
  }
  return { der, empty: keys.length === 0, keys, key: keys.join('/'), comparable: isComparable, attributes };
}

function textOf({ tag: kind, content }: Element): string | null {
  switch (kind) {
    case 0x0c: // UTF8String
      return new TextDecoder('utf-8').decode(content);
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // TeletexString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return content.toString('latin1');
    case 0x1e: // BMPString
      return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : null;
    default:
      return null;
  }
}

/** What equal texts have in common (RFC 5280 §7.1); null for a text that is compared byte by byte. */
function comparable(text: string): string | null {
  if (text.length > limits.comparedText) return null;
  const plain = /^[ -~]*$/.test(text);
  if (!plain && tooManyMarks.test(text)) return null;
  return (plain ? text : text.normalize('NFKC')).toLowerCase().trim().replace(/\s+/gu, ' ');
}
