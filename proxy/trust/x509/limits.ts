/**
 * How much of an unknown server's certificates is examined. The peer at a server's address chooses every byte of them,
 * and they are read before anybody is trusted, in the thread that carries everyone's mail: the work has to be bounded
 * whatever they contain. The library accepts 100 KiB of certificates in a handshake; these limits keep what is done
 * with them proportional to that, with a small factor. Honest certificates stay far below all of them.
 */
export const limits = {
  /** Presented certificates above the server's own. The longest honest lists, with every cross-signature, have ten. */
  presented: 100,
  /** Bytes of all certificates of one presentation, the server's own included: as much as a handshake may send. */
  presentedBytes: 256 * 1024,
  /** Certificates in a path, root included. Public ones have three or four. */
  links: 10,
  /**
   * Units of cryptography for one server: a signature by RSA, P-256 or an Edwards curve costs one (less than 0.15 ms),
   * by a slow key three (about 1 ms). Honest chains need three signatures; cross-signed ones a dozen.
   */
  signatureUnits: 60,
  /** Whole paths that are evaluated against each other. */
  paths: 40,
  /** Steps of the search for a path, each far cheaper than a signature. */
  steps: 2_000,
  /**
   * Comparisons of a name with a name constraint, over all paths evaluated. Honest ones need a few hundred; a hostile
   * presentation would need millions.
   */
  comparisons: 50_000,

  /** Extensions of one certificate or list. Honest ones have ten. */
  extensions: 100,
  /** Entries of one list inside an extension: purposes, policies, mappings, locations. Honest ones have five. */
  entries: 100,
  /** Answers in one stapled response, and certificates of those who may sign it. Honest ones have one of each. */
  stapledAnswers: 20,
  stapledCertificates: 5,
  /** Attributes of one distinguished name. Honest ones have ten. */
  nameAttributes: 50,
  /** Characters of one attribute that are compared as text (RFC 5280 allows 64 to 200 in most); a longer one as bytes. */
  comparedText: 1_000,
  /**
   * Accents in a row in a text that is compared as text: the Stream-Safe Text Format of UAX #15 §13. Sorting costs the
   * square of their number.
   */
  comparedMarks: 30,
  /** Characters of a mail address or of a web address under a name constraint (RFC 5321 §4.5.3.1.3 has 256). */
  comparedAddress: 1_000,
  /** Bytes of an object identifier. The longest in use, made of UUIDs, have about 20. */
  oidBytes: 64,
  /** Bytes of a serial number of a private authority; public ones stay within 20 (RFC 5280 §4.1.2.2). */
  serialBytes: 64,

  /** Bits of an RSA key. BoringSSL and Go accept no larger ones either. */
  rsaBits: 8_192,
  /**
   * Bits of an RSA exponent: nearly all keys have 17, and BoringSSL accepts no more than 33. OpenSSL accepts exponents
   * as long as the key, which makes each signature a hundred times the work.
   */
  rsaExponentBits: 33,
} as const;
