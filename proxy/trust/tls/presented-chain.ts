import type { X509Certificate } from 'node:crypto';
import type tls from 'node:tls';

/**
 * What Node keeps of a whole list for ever: `X509Certificate` copies each issuer and never frees the original (measured
 * with 20.20, 22.23 and 24.21: 75 to 105 KiB for a list of 54 KiB; a server's certificate alone costs nothing). Servers
 * that make lists up get this much, in bytes on the line, as long as the process lives: a thousand honest lists, or forty
 * as large as OpenSSL takes them.
 */
const maxLost = 4 * 1024 * 1024;
let lost = 0;

/**
 * The server's certificate and those that lead from it upwards, as OpenSSL puts them together: enough for nearly every
 * server. Costs nothing for good.
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
 * list over once; asked again, it has nothing.
 *
 * @returns null when too much memory has gone into such lists already
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
