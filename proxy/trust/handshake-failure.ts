import { Refused } from '../net/refused.ts';
import type { FirstBytes } from './first-bytes.ts';
import { tooOld, weakCipher } from './tls-policy.ts';

/** Alerts of RFC 8446 §6.2 that say something a person can act on. */
const alert = { handshakeFailure: 40, protocolVersion: 70, insufficientSecurity: 71, unrecognizedName: 112 } as const;

/** The library's codes, where the bytes alone do not tell. */
const tooOldCodes = /UNSUPPORTED_PROTOCOL|WRONG_SSL_VERSION|PROTOCOL_VERSION|VERSION_TOO_LOW|BAD_PROTOCOL_VERSION/;
const weakCodes =
  /DH_KEY_TOO_SMALL|DH_PARAM_SIZE|BAD_DH_P_LENGTH|WRONG_CIPHER_RETURNED|UNKNOWN_CIPHER_RETURNED|NO_CIPHERS_AVAILABLE|WRONG_SIGNATURE_TYPE|WRONG_CURVE|UNSUPPORTED_ELLIPTIC_CURVE|LEGACY_SIGALG_DISALLOWED|UNKNOWN_DIGEST/;
const weakCertificateCodes =
  /EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|UNSUPPORTED_CERTIFICATE|UNKNOWN_CERTIFICATE_TYPE|BAD_ECC_CERT|BAD_RSA_MODULUS_LENGTH|ERR_OSSL_/;
const closedCodes = /^(?:ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * Says why a handshake failed, from what the server sent and the library's code. Holds no text of the server.
 *
 * @param server the server's name
 * @param begunInPlaintext true for STARTTLS: then the server has spoken without TLS already, as it should
 * @param closed true when the connection ended, by whatever hand
 */
export function handshakeRefusal(
  server: string,
  seen: FirstBytes,
  failure: { code: string; closed: boolean; begunInPlaintext: boolean },
  cause?: unknown,
): Refused {
  const refused = (reason: ConstructorParameters<typeof Refused>[0], message: string) =>
    new Refused(reason, message, { cause });
  const { code, closed, begunInPlaintext } = failure;

  if (seen.kind === 'not-tls') {
    return refused(
      'tls-handshake-failed',
      begunInPlaintext
        ? `${server} agreed to TLS and then went on without it. Someone on the network may be interfering. Nothing was sent.`
        : `${server} speaks without TLS first on this port: set "tls" to "starttls" for this relay, or use the port for TLS from the start. Nothing was sent.`,
    );
  }
  if (seen.kind === 'alert') {
    if (seen.alert === alert.protocolVersion) return refused('tls-too-old', tooOld(server));
    if (seen.alert === alert.handshakeFailure || seen.alert === alert.insufficientSecurity) {
      return refused('weak-cipher', weakCipher(server));
    }
    return refused(
      'tls-handshake-failed',
      seen.alert === alert.unrecognizedName
        ? `${server} does not know itself by this name: check the server's name in the settings. Nothing was sent.`
        : `${server} broke off the TLS handshake at once (alert ${seen.alert}). Nothing was sent.`,
    );
  }
  if ((seen.serverVersion !== null && seen.serverVersion < 0x0303) || tooOldCodes.test(code)) {
    return refused('tls-too-old', tooOld(server));
  }
  if (/EXCESSIVE_MESSAGE_SIZE/.test(code)) return oversizedHandshake(server);
  if (weakCodes.test(code)) return refused('weak-cipher', weakCipher(server));
  if (weakCertificateCodes.test(code)) {
    return refused(
      'certificate-rejected',
      `The certificate of ${server} is too weak or too odd to be judged at all. Ask the provider to replace it. Nothing was sent.`,
    );
  }
  if (closed || closedCodes.test(code)) {
    return refused(
      'upstream-closed',
      `${server} closed the connection during the TLS handshake. Try again later. Nothing was sent.`,
    );
  }
  return refused('tls-handshake-failed', `The TLS handshake with ${server} failed. Nothing was sent.`);
}

/** A handshake that is larger than any honest one. */
export function oversizedHandshake(server: string): Refused {
  return new Refused(
    'tls-handshake-failed',
    `${server} sent far more than a TLS handshake takes. Postern broke it off. Nothing was sent.`,
  );
}
