/** How strong a cipher is. Only suites with forward secrecy and authenticated encryption come this far. */
export type CipherStrength = 'very-strong' | 'strong' | 'unknown';

/** @param cipher the IANA or OpenSSL name: `TLS_AES_256_GCM_SHA384`, `ECDHE-RSA-AES128-GCM-SHA256` */
export function cipherStrength(cipher: string): CipherStrength {
  if (/CHACHA20/i.test(cipher) || /AES[_-]?256/i.test(cipher)) return 'very-strong';
  if (/AES[_-]?128/i.test(cipher)) return 'strong';
  return 'unknown';
}
