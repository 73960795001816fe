/** A fingerprint in the form in which people compare it: `AB:CD:…`. @param fingerprint in hexadecimal */
export function fingerprintInColons(fingerprint: string): string {
  return fingerprint.toUpperCase().replace(/(..)(?!$)/g, '$1:');
}
