import type { DiagnosisCode } from '../../contract/index.ts';
import { Refused } from '../../net/refused.ts';
import { tooOld, weakCipher } from './tls-policy.ts';

/** A record that holds an alert and nothing else (RFC 8446 §5.1, §6). */
const alertBytes = 7;

/**
 * A server that has agreed on everything and then breaks off misses a certificate of ours: it says so since TLS 1.3
 * (RFC 8446 §6.2), and by a plain handshake failure before.
 */
const wantsCertificateCodes =
  /ALERT_CERTIFICATE_REQUIRED|ALERT_NO_CERTIFICATE|ALERT_HANDSHAKE_FAILURE|ALERT_BAD_CERTIFICATE/;

/** What OpenSSL and BoringSSL call what is no TLS record. */
const notTlsCodes = /WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST/;
const tooOldCodes = /UNSUPPORTED_PROTOCOL|WRONG_SSL_VERSION|PROTOCOL_VERSION|VERSION_TOO_LOW|BAD_PROTOCOL_VERSION/;
const weakCodes =
  /DH_KEY_TOO_SMALL|DH_PARAM_SIZE|BAD_DH_P_LENGTH|WRONG_CIPHER_RETURNED|UNKNOWN_CIPHER_RETURNED|NO_CIPHERS_AVAILABLE|WRONG_SIGNATURE_TYPE|WRONG_CURVE|UNSUPPORTED_ELLIPTIC_CURVE|LEGACY_SIGALG_DISALLOWED|UNKNOWN_DIGEST/;
const weakCertificateCodes =
  /EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|UNSUPPORTED_CERTIFICATE|UNKNOWN_CERTIFICATE_TYPE|BAD_RSA_MODULUS_LENGTH|ERR_OSSL_/;
/** What BoringSSL, in the tray app, does not take and OpenSSL does: P-521 before TLS 1.3, and keys that may not sign. */
const otherLibraryCodes = /BAD_ECC_CERT|KEY_USAGE_BIT_INCORRECT/;
const closedCodes = /^(?:ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/;

/** How a handshake failed. */
export interface HandshakeFailure {
  /** The library's code, or the system's where the connection ended. */
  code: string;
  /** Bytes that the server has sent since the ClientHello. */
  received: number;
  /** True for STARTTLS: then the server has spoken without TLS already, as it should. */
  begunInPlaintext: boolean;
}

/**
 * The alert that the server broke off with, by its name in RFC 8446 §6; null where the code is none of an alert.
 *
 * @param code the library's: OpenSSL and BoringSSL put the protocol that brought the alert in before its name
 */
function alertOf(code: string): string | null {
  const name = /^ERR_SSL_(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_(?:ALERT_)?([A-Z_]+)$/.exec(code)?.[1]?.toLowerCase();
  return name?.replace('user_cancelled', 'user_canceled') ?? null;
}

/**
 * Says why a handshake failed, from the library's code. Holds no text of the server.
 *
 * @param server the server's name
 */
export function handshakeRefusal(server: string, failure: HandshakeFailure, cause?: unknown): Refused {
  const refused = (reason: ConstructorParameters<typeof Refused>[0], message: string, code?: DiagnosisCode) =>
    new Refused(reason, message, { cause, finding: code && { code } });
  const { code, received, begunInPlaintext } = failure;

  if (notTlsCodes.test(code)) {
    return refused(
      'tls-handshake-failed',
      begunInPlaintext
        ? `${server} agreed to TLS and then went on without it. Someone on the network may be interfering. Nothing was sent.`
        : `${server} speaks without TLS first on this port: set "tls" to "starttls" for this relay, or use the port for TLS from the start. Nothing was sent.`,
      begunInPlaintext ? 'plaintext-injected' : 'port-wants-starttls',
    );
  }
  if (tooOldCodes.test(code)) return refused('tls-too-old', tooOld(server));
  const alert = alertOf(code);
  // An alert in place of a ServerHello: there is nothing that both sides know.
  const atOnce = received <= alertBytes;
  if (alert === 'insufficient_security' || (alert === 'handshake_failure' && atOnce)) {
    return refused('weak-cipher', weakCipher(server));
  }
  if (/EXCESSIVE_MESSAGE_SIZE/.test(code)) return oversizedHandshake(server);
  if (weakCodes.test(code)) return refused('weak-cipher', weakCipher(server));
  if (otherLibraryCodes.test(code)) {
    return refused(
      'certificate-rejected',
      `The certificate of ${server} has a key that ${/KEY_USAGE/.test(code) ? 'may not be used to sign the handshake' : 'is on a curve which is not taken before TLS 1.3'}. The TLS library of this program refuses it; that of the postern command may take it. Ask the provider to replace it. Nothing was sent.`,
      'certificate-unreadable',
    );
  }
  if (alert === null && weakCertificateCodes.test(code)) {
    return refused(
      'certificate-rejected',
      `The certificate of ${server} is too weak or too odd to be judged at all. Ask the provider to replace it. Nothing was sent.`,
      /TOO_SMALL|TOO_WEAK|RSA_MODULUS/.test(code) ? 'certificate-weak' : 'certificate-unreadable',
    );
  }
  if (!atOnce && wantsCertificateCodes.test(code)) {
    return refused('tls-handshake-failed', certificateWanted(server), 'client-certificate-wanted');
  }
  if (closedCodes.test(code)) {
    return refused(
      'upstream-closed',
      `${server} closed the connection during the TLS handshake. Try again later. Nothing was sent.`,
    );
  }
  if (alert === 'unrecognized_name') {
    return refused(
      'tls-handshake-failed',
      `${server} does not know itself by this name: check the server's name in the settings. Nothing was sent.`,
    );
  }
  return refused(
    'tls-handshake-failed',
    alert
      ? `${server} broke off the TLS handshake with the alert ${alert}. Nothing was sent.`
      : `The TLS handshake with ${server} failed. Nothing was sent.`,
  );
}

/** The server turned a connection without a certificate of ours away. */
function certificateWanted(server: string): string {
  return `${server} wants a certificate of yours before it talks. Set "clientCertificate" for this relay. Nothing was sent.`;
}

/**
 * The refusal for a connection that broke right after the handshake because the server misses a certificate of ours, as
 * a server of TLS 1.3 does; null for any other end.
 */
export function refusalAfterHandshake(server: string, error: unknown): Refused | null {
  const code = String((error as NodeJS.ErrnoException | undefined)?.code);
  if (!wantsCertificateCodes.test(code)) return null;
  const finding = { code: 'client-certificate-wanted' } as const;
  return new Refused('tls-handshake-failed', certificateWanted(server), { cause: error, finding });
}

/** A handshake that is larger than any honest one. */
export function oversizedHandshake(server: string): Refused {
  return new Refused(
    'tls-handshake-failed',
    `${server} sent far more than a TLS handshake takes. Postern broke it off. Nothing was sent.`,
  );
}
