import type { Duplex } from 'node:stream';

/** What a server answered to our ClientHello, read from the records themselves and not from a library's error text. */
export interface FirstBytes {
  /** Bytes received since the ClientHello. */
  received: number;
  /** The first record; `none` while it is incomplete. */
  kind: 'none' | 'not-tls' | 'alert' | 'handshake' | 'other';
  /** The alert's description (RFC 8446 §6), when the first record is an alert. */
  alert: number | null;
  /** The version that the ServerHello names, such as 0x0303. */
  serverVersion: number | null;
  /** Of a server that does not speak TLS: its first bytes, as Latin-1. */
  plaintext: string | null;
}

/** A record header, a handshake header and the version behind it. */
const enough = 11;

/**
 * Looks on while `transport` delivers the answer.
 *
 * @param maxBytes bytes that a handshake may take; `onTooMany` is called once when they are exceeded
 * @param onFatalAlert called once when the first record ends the handshake: the library waits on at an alert that it
 *   does not know
 * @returns the view, brought up to date as bytes arrive, and `stop`
 */
export function watchFirstBytes(
  transport: Duplex,
  maxBytes: number,
  onTooMany: () => void,
  onFatalAlert: () => void = () => {},
): { seen(): FirstBytes; stop(): void } {
  let received = 0;
  let head = Buffer.alloc(0);
  const look = (chunk: Buffer) => {
    // Chunks may lie in a buffer that the transport uses again: what is kept is copied.
    const before = head;
    if (head.length < enough) head = Buffer.concat([head, chunk.subarray(0, enough - head.length)]);
    received += chunk.length;
    if (isFatalAlert(head) && !isFatalAlert(before)) onFatalAlert();
    if (received > maxBytes) {
      stop();
      onTooMany();
    }
  };
  const stop = () => transport.off('data', look);
  transport.on('data', look);
  return { seen: () => describe(head, received), stop };
}

/** RFC 8446 §6: a whole alert of the level 2. */
function isFatalAlert(head: Buffer): boolean {
  return head.length >= 7 && head[0] === 0x15 && head[1] === 3 && head[5] === 2;
}

/** Exported for its table of tests. */
export function describe(head: Buffer, received: number): FirstBytes {
  const seen: FirstBytes = { received, kind: 'none', alert: null, serverVersion: null, plaintext: null };
  const [type, major] = head;
  if (type === undefined) return seen;
  if (type < 0x14 || type > 0x18 || (major !== undefined && major !== 3))
    return { ...seen, kind: 'not-tls', plaintext: head.toString('latin1') };
  if (head.length < 7) return seen;
  if (type === 0x15) return { ...seen, kind: 'alert', alert: head.readUInt8(6) };
  if (type !== 0x16) return { ...seen, kind: 'other' };
  const isServerHello = head.length >= enough && head[5] === 2;
  return { ...seen, kind: 'handshake', serverVersion: isServerHello ? head.readUInt16BE(9) : null };
}
