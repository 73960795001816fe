import type { X509Certificate } from 'node:crypto';
import type tls from 'node:tls';

/**
 * What Node keeps of a whole list for ever: `X509Certificate` copies each issuer and never frees the original (measured
 * with 20.20, 22.23 and 24.21: 75 to 105 KiB for a list of 54 KiB; a server's certificate alone costs nothing). Servers
 * with made-up lists get this much, in bytes on the wire, for the life of the process: a thousand honest lists, or
 * forty of the largest that OpenSSL accepts.
 */
const maxLost = 4 * 1024 * 1024;
let lost = 0;

/**
 * The server's certificate and those above it, as OpenSSL assembles them: enough for nearly every server. Leaks
 * nothing.
 *
 * @returns DER, the server's own first
 */
export function ownChain(socket: tls.TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // The last one of a chain is its own issuer.
  for (let below: unknown; certificate?.raw && certificate !== below; certificate = certificate.issuerCertificate) {
    chain.push(certificate.raw);
    below = certificate;
  }
  return chain;
}

/**
 * All that the server presented, as it did: its own certificate first, the others in their order. The library hands the
 * list over only once; asked again, it has nothing.
 *
 * @returns null when too much memory has already gone into such lists
 */
export function wholeList(socket: tls.TLSSocket): Uint8Array[] | null {
  if (lost > maxLost) return null;
  const chain: Uint8Array[] = [];
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (certificate) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  lost += chain.reduce((bytes, { length }) => bytes + length, 0);
  return chain;
}
