/**
 * Writes the few forms of DER (ITU-T X.690 §8, §10) that a certificate of our own consists of. Each function returns
 * the whole encoding, tag and length included.
 */

/** The tags of X.690 §8 and X.680 §8.4 that are written here. */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** @param tag one byte; tag numbers above 30 are not written here */
export function encode(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export const sequence = (...content: Uint8Array[]) => encode(tags.sequence, ...content);
export const set = (...content: Uint8Array[]) => encode(tags.set, ...content);
export const octetString = (bytes: Uint8Array) => encode(tags.octetString, bytes);
export const utf8String = (text: string) => encode(tags.utf8String, Buffer.from(text));
export const nothing = () => encode(tags.nothing);
/** X.690 §11.1: true is all ones. */
export const boolean = (value: boolean) => encode(tags.boolean, Buffer.from([value ? 0xff : 0]));
/** Whole bytes: no unused bits in the last one. */
export const bitString = (bytes: Uint8Array) => encode(tags.bitString, Buffer.from([0]), bytes);

/**
 * @param bytes big-endian, not negative; leading zeros are dropped, and one is added before a highest bit (X.690 §8.3)
 */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  return encode(tags.integer, ...((short[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : []), short);
}

/** @param dotted such as `2.5.4.3` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
    return groups;
  });
  return encode(tags.objectIdentifier, Buffer.from(bytes));
}

/** RFC 5280 §4.1.2.5: two digits of the year up to 2049, four from then on; whole seconds, in UTC. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+Z$|[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? encode(tags.utcTime, Buffer.from(`${digits.slice(2)}Z`))
    : encode(tags.generalizedTime, Buffer.from(`${digits}Z`));
}
