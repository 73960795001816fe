/** The DER bytes of a PEM text with one object in it (RFC 7468). */
export function derOfPem(pem: string): Uint8Array {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, '');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
