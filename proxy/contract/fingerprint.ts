/** A fingerprint in the form that people compare: `AB:CD:…`. @param fingerprint in hexadecimal */
export function fingerprintInColons(fingerprint: string): string {
  return fingerprint.toUpperCase().replace(/(..)(?!$)/g, '$1:');
}
