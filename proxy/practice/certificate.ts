import { generateKeyPairSync } from 'node:crypto';
import { selfSignedCertificate } from '../trust/x509/self-signed.ts';

/** A certificate and its key, as TLS servers take them. */
export interface ServerIdentity {
  /** PEM. */
  cert: string;
  /** PEM. Lives in memory only, for as long as the practice does. */
  key: string;
}

const day = 86_400_000;

/**
 * Makes a self-signed certificate, as home-made mail servers present them: correct in every other way, so that a
 * newcomer's first question is about this one thing.
 *
 * @param serverName the name that it is issued for
 */
export function makeSelfSignedCertificate(serverName: string): ServerIdentity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const cert = selfSignedCertificate(privateKey, {
    commonName: serverName,
    dnsNames: [serverName],
    // A day early: clocks that disagree a little are not part of the lesson.
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 90 * day),
  });
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
