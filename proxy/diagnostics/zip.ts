import { crc32, deflateRawSync } from 'node:zlib';

/** One text file of an archive. */
export interface ZipEntry {
  /** Plain ASCII, without folders. */
  name: string;
  text: string;
}

/** ZIP 2.0: deflate (APPNOTE.TXT §4.4.3.2). */
const version = 20;
const deflate = 8;
/** 1980-01-01, the format's epoch: the archive does not say when it was made. */
const noDate = 0x21;

/** Writes a ZIP archive (APPNOTE.TXT §4.3): a header and the packed text for each file, then the central directory. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const { name, text } of entries) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(deflate, 4);
    common.writeUInt16LE(noDate, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    parts.push(Buffer.from('504b0304', 'hex'), common, nameBytes, packed);
    // In the directory: who made it, the same facts, no comment, plain text (§4.4.14), and where the file begins.
    const rest = Buffer.alloc(14);
    rest.writeUInt16LE(1, 4);
    rest.writeUInt32LE(offset, 10);
    list.push(Buffer.from('504b01021400', 'hex'), common, rest, nameBytes);
    offset += 4 + common.length + nameBytes.length + packed.length;
  }
  const size = list.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...list, Buffer.from('504b0506', 'hex'), end]);
}
