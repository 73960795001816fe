/**
 * TLS between a device and Postern, with Postern as the server. Nothing here is ever used towards a mail server: there,
 * `trust/tls/` alone opens connections, and knows no version below 1.2.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { Refused } from './refused.ts';

/** PEM texts. */
export interface LocalIdentity {
  certificate: string;
  key: string;
}

/**
 * From the first choice to the last: with forward secrecy as far as a device knows it. Many know RSA key exchange alone,
 * and CBC; an eavesdropper breaks neither today.
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
].join(':');

/**
 * The TLS context for devices.
 *
 * @param old take TLS 1.0 and 1.1, too, where this build's library has them
 */
export function localTlsContext({ certificate, key }: LocalIdentity, old: boolean): tls.SecureContext {
  const options = { cert: certificate, key, minVersion: old ? 'TLSv1' : 'TLSv1.2' } as const;
  if (!old) return tls.createSecureContext({ ...options, ciphers });
  try {
    // OpenSSL 3 signs these handshakes at its lowest level alone; BoringSSL has no levels, and refuses the word.
    return tls.createSecureContext({ ...options, ciphers: `${ciphers}:@SECLEVEL=0` });
  } catch {
    return tls.createSecureContext({ ...options, ciphers });
  }
}

/**
 * Performs the TLS handshake with a device.
 *
 * @throws {Refused} the handshake came to nothing; or the signal's reason. The connection is destroyed then
 */
export type AcceptTls = (raw: Socket, signal: AbortSignal) => Promise<Socket>;

/** How long a handshake may take, in milliseconds: old processors need seconds for RSA. */
const handshakeMilliseconds = 60_000;

/**
 * Turns the connection of a device into TLS, with Postern as the server.
 *
 * @param raw connected; what it has sent and nobody has read belongs to the handshake
 * @returns paused
 * @throws {Refused} the handshake came to nothing; or the signal's reason. The connection is destroyed then
 */
export function acceptTls(
  raw: Socket,
  context: tls.SecureContext,
  signal: AbortSignal,
  milliseconds = handshakeMilliseconds,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const from = raw.remoteAddress;
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: context });
    carriers.set(socket, raw);
    // `--tls-keylog` in NODE_OPTIONS listens here and would write the keys to a file.
    socket.removeAllListeners('keylog');
    let settled = false;
    const settle = (outcome: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      outcome();
    };
    const fail = (why: unknown) =>
      settle(() => {
        socket.destroy();
        raw.destroy();
        reject(why);
      });
    const onAbort = () => fail(signal.reason);
    const timer = setTimeout(() => fail(failed('ETIMEDOUT', from)), milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secure', () =>
      settle(() => {
        socket.pause();
        resolve(socket);
      }),
    );
    // On a connection in use 'close' follows, which is enough.
    socket.on('error', (error: NodeJS.ErrnoException) => fail(failed(error.code ?? '', from, error)));
    socket.once('close', () => fail(failed('ECONNRESET', from)));
    if (signal.aborted) onAbort();
    else if (raw.destroyed) fail(failed('ECONNRESET', from));
  });
}

/**
 * Whether this build's TLS library takes TLS 1.0 with such a context: it is greeted by a ClientHello of that version (RFC 5246
 * §7.4.1.2, as in RFC 2246), and answers with a ServerHello or an alert.
 */
export function takesOldTls(context: tls.SecureContext): Promise<boolean> {
  return new Promise((resolve) => {
    const line = new Duplex({
      read() {},
      write(answer: Buffer, _encoding, done) {
        done();
        settle(answer[0] === 0x16 && answer[1] === 3 && answer[2] === 1);
      },
    });
    const socket = new tls.TLSSocket(line as Socket, { isServer: true, secureContext: context });
    const settle = (takes: boolean) => {
      resolve(takes);
      socket.destroy();
      line.destroy();
    };
    socket.on('error', () => settle(false));
    line.on('error', () => {});
    line.push(oldHello);
  });
}

/** RSA and ECDHE with AES in CBC mode; no extensions. */
const oldHello = Buffer.concat([
  Buffer.from('16030100330100002f0301', 'hex'),
  Buffer.alloc(32, 0x5a),
  Buffer.from('000008002f0035c013c0140100', 'hex'),
]);

/** The transport under a device's TLS. */
const carriers = new WeakMap<Socket, Socket>();

/** Ends a connection with a reset, whether or not it is in TLS. */
export function resetConnection(socket: Socket): void {
  (carriers.get(socket) ?? socket).resetAndDestroy();
}

/** The version of TLS on a connection of a device, such as `TLSv1.2`; null in plaintext. */
export function tlsVersionOf(socket: Socket): string | null {
  return socket instanceof tls.TLSSocket ? socket.getProtocol() : null;
}

/** The library's codes for an unsupported version, or for a fallback that a device tried because of one. */
const tooOld = /UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK|ALERT_PROTOCOL_VERSION/;
/** The alerts with which a device rejects our certificate (RFC 8446 §6.2). */
const distrusts = /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|ACCESS_DENIED)/;

function failed(code: string, from: string | undefined, cause?: Error): Refused {
  const facts = from === undefined ? {} : { from };
  const finding = tooOld.test(code)
    ? ({ code: 'device-tls-too-old', facts } as const)
    : distrusts.test(code)
      ? ({ code: 'device-distrusts-postern', facts } as const)
      : ({ code: 'device-tls-failed', facts } as const);
  return new Refused('device-tls-failed', finding, {}, { cause });
}
