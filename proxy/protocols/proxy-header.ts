/**
 * The PROXY protocol, versions 1 and 2 (HAProxy, "The PROXY protocol", 2020/03/05): what a balancer says before
 * anything else about the client that it forwards. Pure: reads the bytes that are there.
 */

/** §2.1: the longest line of version 1, its end included. */
const maxLineBytes = 107;
/** Addresses take 12, 36 or 216 bytes, what balancers add (§2.2: TLVs) a few hundred. A length field can say 65,535. */
const maxBodyBytes = 4096;

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const headBytes = 16;

export type ProxyHeader =
  /** It may become one. */
  | { kind: 'more' }
  /** @property length where the mail program's own bytes begin */
  | { kind: 'header'; length: number; source: ProxySource | null }
  | { kind: 'invalid'; problem: ProxyProblem };

/**
 * Who connected to the balancer. A header has none for the balancer's own health checks, and may have none otherwise.
 */
export interface ProxySource {
  address: string;
  port: number;
}

/** `missing`: there is something else; `too-long`; `broken`: begins like one but is not. */
export type ProxyProblem = 'missing' | 'too-long' | 'broken';

const invalid = (problem: ProxyProblem): ProxyHeader => ({ kind: 'invalid', problem });
const more: ProxyHeader = { kind: 'more' };

/** @param bytes from the connection's start */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsAlike(bytes, signature)) return bytes.length < headBytes ? more : readBinary(bytes);
  if (startsAlike(bytes, [...Buffer.from('PROXY ')])) return readLine(bytes);
  return invalid('missing');
}

/** Whether two begin with the same bytes, as far as both go. */
function startsAlike(bytes: Uint8Array, expected: readonly number[]): boolean {
  return expected.slice(0, bytes.length).every((byte, index) => bytes[index] === byte);
}

function readLine(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, maxLineBytes).indexOf(0x0a);
  if (end === -1) return bytes.length < maxLineBytes ? more : invalid('too-long');
  const line = Buffer.from(bytes.subarray(0, end + 1)).toString('latin1');
  const length = end + 1;
  if (/^PROXY UNKNOWN(?: [\x20-\x7e]*)?\r\n$/.test(line)) return { kind: 'header', length, source: null };
  const found = /^PROXY TCP([46]) ([\da-fA-F:.]+) ([\da-fA-F:.]+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line);
  if (!found) return invalid('broken');
  const [, family, from = '', to = '', fromPort = '', toPort = ''] = found;
  const isAddress = family === '4' ? isVersion4 : isVersion6;
  const sound = isAddress(from) && isAddress(to) && isPort(fromPort) && isPort(toPort);
  return sound ? { kind: 'header', length, source: { address: from, port: Number(fromPort) } } : invalid('broken');
}

function isPort(text: string): boolean {
  return Number(text) <= 65_535 && String(Number(text)) === text;
}

function isVersion4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => Number(octet) <= 255 && /^(?:0|[1-9]\d{0,2})$/.test(octet));
}

function isVersion6(text: string): boolean {
  return text.includes(':') && URL.canParse(`http://[${text}]/`);
}

/** §2.2 */
function readBinary(bytes: Uint8Array): ProxyHeader {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = header.readUInt8(12) >> 4;
  const command = header.readUInt8(12) & 0x0f;
  const family = header.readUInt8(13);
  const size = header.readUInt16BE(14);
  if (version !== 2 || command > 1) return invalid('broken');
  if (size > maxBodyBytes) return invalid('too-long');
  const length = headBytes + size;
  if (header.length < length) return more;
  const body = header.subarray(headBytes, length);
  // LOCAL: the balancer itself is asking; whatever follows is skipped.
  if (command === 0) return { kind: 'header', length, source: null };
  switch (family) {
    // AF_UNSPEC, and a program that reached the balancer over a Unix socket: no address.
    case 0x00:
      return { kind: 'header', length, source: null };
    case 0x31:
      return size < 216 ? invalid('broken') : { kind: 'header', length, source: null };
    case 0x11: {
      if (size < 12) return invalid('broken');
      const address = [...body.subarray(0, 4)].join('.');
      return { kind: 'header', length, source: { address, port: body.readUInt16BE(8) } };
    }
    case 0x21: {
      if (size < 36) return invalid('broken');
      const words = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(2 * index).toString(16));
      const address = new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1);
      return { kind: 'header', length, source: { address, port: body.readUInt16BE(32) } };
    }
    // Datagrams, and unassigned values: not a mail program.
    default:
      return invalid('broken');
  }
}
