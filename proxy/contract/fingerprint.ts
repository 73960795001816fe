/**
 * A fingerprint in the one form in which Postern shows it to people, that of OpenSSL and of most browsers: `AB:CD:…`.
 *
 * @param fingerprint in hexadecimal
 */
export function fingerprintText(fingerprint: string): string {
  return fingerprint.toUpperCase().replace(/(..)(?!$)/g, '$1:');
}
