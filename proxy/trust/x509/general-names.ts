import { DerFault, DerReader, tag } from './der.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';

/** A name of a subjectAltName or name constraint (RFC 5280 §4.2.1.6). */
export type GeneralName =
  | { kind: 'dns'; text: string }
  | { kind: 'email'; text: string }
  | { kind: 'uri'; text: string }
  /** 4 or 16 bytes; twice as many (address and mask) in a constraint. */
  | { kind: 'ip'; bytes: Buffer }
  | { kind: 'directory'; name: DistinguishedName }
  /** A form that is not interpreted: otherName, X.400, EDI, registered ID. */
  | { kind: 'other'; form: number };

/**
 * Reads the GeneralNames of `reader` up to its end. Texts are left as they are, one character per byte: a NUL or a byte
 * above 127 stays visible to code that compares them.
 *
 * @throws {DerFault}
 */
export function readGeneralNames(reader: DerReader, max = Number.POSITIVE_INFINITY): GeneralName[] {
  const names: GeneralName[] = [];
  while (!reader.done) {
    if (names.length >= max) throw new DerFault('there are more names in it than anybody needs');
    names.push(readGeneralName(reader));
  }
  return names;
}

/** Reads one GeneralName. @throws {DerFault} */
export function readGeneralName(reader: DerReader): GeneralName {
  const element = reader.next();
  switch (element.tag) {
    case tag.primitive(1):
      return { kind: 'email', text: element.content.toString('latin1') };
    case tag.primitive(2):
      return { kind: 'dns', text: element.content.toString('latin1') };
    case tag.primitive(6):
      return { kind: 'uri', text: element.content.toString('latin1') };
    case tag.primitive(7):
      return { kind: 'ip', bytes: element.content };
    case tag.constructed(4): {
      const inner = new DerReader(element.content);
      const name = readName(inner.expect(tag.sequence).whole);
      inner.end();
      return { kind: 'directory', name };
    }
    case tag.constructed(0):
    case tag.constructed(3):
    case tag.constructed(5):
    case tag.primitive(8):
      return { kind: 'other', form: element.tag };
    default:
      throw new DerFault('a name is of a form that does not exist');
  }
}

/** An IP address as text: `192.0.2.1`, `2001:db8::1` (RFC 5952 §4), or hex digits for another length. */
export function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  if (bytes.length !== 16) return bytes.toString('hex');
  const groups = Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16));
  // The URL parser omits the first of the longest runs of zeros, as RFC 5952 §4.2 requires.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
