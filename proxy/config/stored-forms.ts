import * as z from 'zod';

// What the stored files have in common. Each file is read whole or not at all, so every schema is strict and bounded.

/** A text that was made inert before it was stored. */
export const storedText = z.string().max(2_000);

/** ISO 8601, in UTC. */
export const storedDate = z.iso.datetime();

/** SHA-256: 64 lower-case hex digits. */
export const storedDigest = z.string().regex(/^[0-9a-f]{64}$/);

/** The port of a server. */
export const storedPort = z.int().min(1).max(65_535);

/** A `CertificateSummary`. */
export const storedCertificate = z.strictObject({
  fingerprint: storedDigest,
  publicKeyFingerprint: storedDigest,
  subject: storedText,
  issuer: storedText,
  names: z.array(storedText).max(100),
  namesOmitted: z.int().min(0),
  serialNumber: storedText,
  notBefore: storedDate,
  notAfter: storedDate,
  key: storedText,
  signature: storedText,
});

/** An `UpstreamProtection`. */
export const storedProtection = z.strictObject({
  tlsVersion: storedText,
  cipher: storedText,
  certificate: storedCertificate,
  trust: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('verified') }),
    z.strictObject({ kind: z.literal('trusted-by-you'), decision: storedText }),
  ]),
  verifiedAt: storedDate,
});
