/**
 * IP addresses as the configuration names them: loopback, and those of private networks. Written out here because the window
 * checks with the same code, and a browser has no `node:net`.
 */

/** An address and the number of leading bits that count. */
export interface Net {
  address: string;
  prefix: number;
}

/** Smaller nets than these are a handful of devices; larger ones are everybody. */
const widest = { 4: 28, 16: 124 } as const;

/** RFC 1918, RFC 6598 (VPNs give these to their members), RFC 4193, and link-local addresses (RFC 4291 §2.5.6). */
const privateNets: readonly (readonly [readonly number[], number])[] = [
  [[10, 0, 0, 0], 8],
  [[172, 16, 0, 0], 12],
  [[192, 168, 0, 0], 16],
  [[100, 64, 0, 0], 10],
  [[0xfc], 7],
  [[0xfe, 0x80], 10],
];

/**
 * @param text an address of IPv4 or IPv6, without brackets or zone
 * @returns its 4 or 16 bytes, or null when it is not one. Octets with leading zeros, which some read as octal, are
 *   rejected.
 */
export function bytesOf(text: string): number[] | null {
  const octets = text.split('.');
  if (octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)) {
    return octets.map(Number);
  }
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':') || !URL.canParse(`http://[${text}]`)) return null;
  const [head = '', tail] = canonical(text).split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)));
  const before = words(head);
  const after = words(tail ?? '');
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 255]);
}

/** An address in its one usual spelling (RFC 5952), as the system reports it. */
export function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** Whether an address leads only to this computer: `127.0.0.0/8` or `::1`. */
export function isLoopback(address: string): boolean {
  const bytes = bytesOf(address);
  if (bytes?.length === 4) return bytes[0] === 127;
  return bytes !== null && canonical(address) === '::1';
}

/** Whether an address is one of a private network. */
export function isPrivate(address: string): boolean {
  const bytes = bytesOf(address);
  return bytes !== null && privateNets.some(([net, bits]) => sameFamily(net, bytes) && sameStart(net, bytes, bits));
}

/** Whether an address is valid on a single network interface only, so that it takes a zone: `fe80::/10`. */
export function isLinkLocal(address: string): boolean {
  return address.includes(':') && sameStart([0xfe, 0x80], bytesOf(address) ?? [], 10);
}

/**
 * Reads what `allow` lists: `"192.168.7.20"`, `"192.168.7.64/28"`, `"fd00::20"`.
 *
 * @returns the net (a single address is one of full length), or what is wrong with it
 */
export function readNet(text: string): Net | string {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = bytesOf(address);
  if (!bytes) return 'expected an address such as "192.168.7.20", or a net such as "192.168.7.64/28"';
  const full = bytes.length * 8;
  const prefix = bits === undefined ? full : Number(bits);
  const smallest = widest[bytes.length as 4 | 16];
  if (prefix > full || prefix < smallest) {
    return `expected single addresses, or nets from /${smallest} to /${full}; a larger net lets in whoever joins it`;
  }
  if (!isPrivate(address)) {
    return 'expected an address of a private network (RFC 1918, 100.64.0.0/10, fc00::/7, fe80::/10); others can be reached from the internet, or are this computer itself';
  }
  const behind = bytes.some((byte, at) => (byte & (0xff >> Math.max(0, Math.min(8, prefix - at * 8)))) !== 0);
  return !behind
    ? { address: canonical(address), prefix }
    : `expected the first address of the net, with zeros behind its ${prefix} bits; otherwise it is not clear which net is meant`;
}

function sameFamily(net: readonly number[], bytes: readonly number[]): boolean {
  return (net.length === 4) === (bytes.length === 4);
}

function sameStart(net: readonly number[], bytes: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 1) {
    const mask = 0x80 >> (bit & 7);
    if (((net[bit >> 3] ?? 0) & mask) !== ((bytes[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}
