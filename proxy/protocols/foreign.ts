import { readLdapHead } from './ldap-message.ts';

/** A protocol that is not ours, recognised by the first bytes of a connection. */
export type ForeignProtocol = 'tls' | 'http' | 'other';

/**
 * True for the first line of an HTTP request, whatever its method: a page whose own name was made to resolve here (DNS
 * rebinding) may choose one that is a mail command, `EHLO / HTTP/1.1`.
 *
 * @param line without its end
 */
export function isHttpRequest(line: Uint8Array): boolean {
  return / HTTP\/\d(?:\.\d)?\s*$/i.test(Buffer.from(line).toString('latin1'));
}

/** Maximum bytes examined. */
const maxExamined = 4096;

/**
 * Examines the first bytes that a local program sent. Web browsers do not block the usual mail ports above 1024, so a
 * web page can make one send `POST / HTTP/1.1` with mail commands in its body.
 *
 * @param bytes from the connection's start; may be only part of the first line
 * @returns null while it may still be a mail program
 */
export function recogniseForeign(bytes: Uint8Array): ForeignProtocol | null {
  // Terminals and scripts send an empty line to probe a port: the bytes after it decide. So does the PROXY protocol's
  // version 2.
  const begun = behindEmptyLines(bytes.subarray(0, maxExamined));
  // A TLS handshake record: type 22, major version 3 (RFC 8446 §5.1). An SSL 2 hello begins with the high bit set, then
  // 1.
  if (begun[0] === 0x16 && (begun.length < 2 || begun[1] === 0x03)) return 'tls';
  if (begun.length > 2 && ((begun[0] ?? 0) & 0x80) !== 0 && begun[2] === 0x01) return 'tls';
  // STUN, which sets up calls (RFC 8489 §5), and anything else that is not text.
  const first = begun[0] ?? 0x20;
  if (first < 0x20 && first !== 0x09 && first !== 0x0a && first !== 0x0d && first !== 0x16) return 'other';
  return recogniseText(Buffer.from(begun).toString('latin1'));
}

/**
 * True once the bytes are enough to recognise the protocol: a line that is not empty, as a web page may send; or the
 * head of an LDAP message, which contains no line end to wait for, and which no web page can make a browser send first.
 */
export function showsItself(bytes: Uint8Array): boolean {
  return behindEmptyLines(bytes).includes(0x0a) || typeof readLdapHead(bytes) !== 'string';
}

/** What follows the empty lines at the beginning. */
function behindEmptyLines(bytes: Uint8Array): Uint8Array {
  let from = 0;
  for (;;) {
    let end = from;
    while (bytes[end] === 0x0d) end += 1;
    if (bytes[end] !== 0x0a) return bytes.subarray(from);
    from = end + 1;
  }
}

function recogniseText(begun: string): ForeignProtocol | null {
  const end = begun.indexOf('\n');
  const line = end === -1 ? begun : begun.slice(0, end);
  if (
    /\b(?:HTTPS?|RTSP)\/\d/i.test(line) ||
    /^(?:GET|POST|PUT|HEAD|OPTIONS|PATCH|TRACE|CONNECT|PRI|PROPFIND) [/*h]/i.test(line)
  ) {
    return 'http';
  }
  if (end === -1) return null;
  if (/^[A-Za-z][\w-]*:(?:\s|$)/.test(line) || /^[{[<]/.test(line) || line.startsWith('SSH-')) return 'other';
  // A PROXY protocol header from a peer that may not send one: it cannot vouch for the address that it names.
  if (/^PROXY (?:TCP[46]|UNKNOWN)\b/.test(line)) return 'other';
  // The separator between the parts of a form (RFC 2046 §5.1.1).
  if (/^--[^ ]+$/.test(line.trimEnd())) return 'other';
  return null;
}
