import type { Finding, RefusalReason } from '../../contract/index.ts';
import { Refused } from '../../net/refused.ts';
import { tooOld, weakCipher } from './tls-policy.ts';

/** A record that contains only an alert (RFC 8446 §5.1, §6). */
const alertBytes = 7;

/**
 * A server that has agreed on everything and then breaks off wants a client certificate: TLS 1.3 has an alert for it
 * (RFC 8446 §6.2); before, it was a plain handshake failure.
 */
const wantsCertificateCodes =
  /ALERT_CERTIFICATE_REQUIRED|ALERT_NO_CERTIFICATE|ALERT_HANDSHAKE_FAILURE|ALERT_BAD_CERTIFICATE/;

/** What OpenSSL and BoringSSL call data that is not a TLS record. */
const notTlsCodes = /WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST/;
const tooOldCodes = /UNSUPPORTED_PROTOCOL|WRONG_SSL_VERSION|PROTOCOL_VERSION|VERSION_TOO_LOW|BAD_PROTOCOL_VERSION/;
const weakCodes =
  /DH_KEY_TOO_SMALL|DH_PARAM_SIZE|BAD_DH_P_LENGTH|WRONG_CIPHER_RETURNED|UNKNOWN_CIPHER_RETURNED|NO_CIPHERS_AVAILABLE|WRONG_SIGNATURE_TYPE|WRONG_CURVE|UNSUPPORTED_ELLIPTIC_CURVE|LEGACY_SIGALG_DISALLOWED|UNKNOWN_DIGEST/;
const weakCertificateCodes =
  /EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|UNSUPPORTED_CERTIFICATE|UNKNOWN_CERTIFICATE_TYPE|BAD_RSA_MODULUS_LENGTH|ERR_OSSL_/;
/** What BoringSSL, in the tray app, rejects and OpenSSL accepts: P-521 before TLS 1.3, and keys that may not sign. */
const otherLibraryCodes = /BAD_ECC_CERT|KEY_USAGE_BIT_INCORRECT/;
const closedCodes = /^(?:ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/;

/** How a handshake failed. */
export interface HandshakeFailure {
  /** The library's code, or the system's if the connection ended. */
  code: string;
  /** Bytes that the server has sent since the ClientHello. */
  received: number;
  /** True for STARTTLS: the server has then already spoken without TLS, as it should. */
  begunInPlaintext: boolean;
}

/**
 * The alert that the server broke off with, by its name in RFC 8446 §6; null when the code is not for an alert.
 *
 * @param code the library's: OpenSSL and BoringSSL prefix the name with the protocol version in which the alert came
 */
function alertOf(code: string): string | null {
  const name = /^ERR_SSL_(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_(?:ALERT_)?([A-Z_]+)$/.exec(code)?.[1]?.toLowerCase();
  return name?.replace('user_cancelled', 'user_canceled') ?? null;
}

/**
 * Says why a handshake failed, from the library's code. Contains no text from the server.
 *
 * @param server the server's name
 */
export function handshakeRefusal(server: string, failure: HandshakeFailure, cause?: unknown): Refused {
  const refused = (reason: RefusalReason, finding: Finding) => new Refused(reason, finding, { server }, { cause });
  const { code, received, begunInPlaintext } = failure;

  if (notTlsCodes.test(code)) {
    return refused('tls-handshake-failed', { code: begunInPlaintext ? 'plaintext-injected' : 'port-wants-starttls' });
  }
  if (tooOldCodes.test(code)) return tooOld(server, cause);
  if (/UNSAFE_LEGACY_RENEGOTIATION/.test(code))
    return refused('tls-handshake-failed', { code: 'no-secure-renegotiation' });
  const alert = alertOf(code);
  // An alert in place of a ServerHello: the two sides have nothing in common.
  const atOnce = received <= alertBytes;
  if (alert === 'insufficient_security' || (alert === 'handshake_failure' && atOnce)) {
    return weakCipher(server, cause);
  }
  if (/EXCESSIVE_MESSAGE_SIZE/.test(code)) return oversizedHandshake(server);
  if (weakCodes.test(code)) return weakCipher(server, cause);
  if (otherLibraryCodes.test(code)) {
    const key = /KEY_USAGE/.test(code) ? 'not-for-signing' : 'curve';
    return refused('certificate-rejected', { code: 'certificate-unreadable', facts: { key } });
  }
  if (alert === null && weakCertificateCodes.test(code)) {
    const weak = /TOO_SMALL|TOO_WEAK|RSA_MODULUS/.test(code);
    return refused('certificate-rejected', { code: weak ? 'certificate-weak' : 'certificate-unreadable' });
  }
  if (!atOnce && wantsCertificateCodes.test(code)) {
    return refused('tls-handshake-failed', { code: 'client-certificate-wanted' });
  }
  if (closedCodes.test(code)) {
    return refused('upstream-closed', { code: 'server-closed' });
  }
  return refused('tls-handshake-failed', { code: 'tls-failed', facts: alert === null ? {} : { alert } });
}

/**
 * The refusal for a connection that broke right after the handshake because the server wants a client certificate, as a
 * TLS 1.3 server does; null for any other end.
 */
export function refusalAfterHandshake(server: string, error: unknown): Refused | null {
  const code = String((error as NodeJS.ErrnoException | undefined)?.code);
  if (!wantsCertificateCodes.test(code)) return null;
  return new Refused('tls-handshake-failed', { code: 'client-certificate-wanted' }, { server }, { cause: error });
}

/** A handshake larger than any honest one. */
export function oversizedHandshake(server: string): Refused {
  return new Refused('tls-handshake-failed', { code: 'tls-failed', facts: { oversized: true } }, { server });
}
