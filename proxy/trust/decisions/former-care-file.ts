import * as z from 'zod';
import {
  storedCertificate as certificate,
  storedDate as date,
  storedDigest as digest,
  storedPort as port,
  storedText as text,
} from '../../config/stored-forms.ts';
import type { RememberedServer } from './server-memory.ts';
import { serverId } from './trust-history.ts';

/** A warning that was given. */
export interface GivenWarning {
  account: string;
  fingerprint: string;
  /** Days before the end. */
  threshold: number;
  /** ISO 8601: the certificate's end; after that the entry is useless. */
  notAfter: string;
}

/** What the file held. */
export interface FormerCare {
  servers: RememberedServer[];
  warnings: GivenWarning[];
}

const trust = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('verified') }),
  z.strictObject({ kind: z.literal('trusted-by-you'), decision: text }),
]);
export const storedProtection = z.strictObject({
  tlsVersion: text,
  cipher: text,
  certificate,
  trust,
  verifiedAt: date,
});
export const storedWarnings = z
  .array(z.strictObject({ account: text, fingerprint: digest, threshold: z.int().min(1), notAfter: date }))
  .max(10_000);

const fileSchema = z.strictObject({
  version: z.literal(1),
  servers: z
    .array(
      z.strictObject({
        account: text,
        server: text,
        port,
        offeredTlsAt: date,
        protection: storedProtection.nullable(),
      }),
    )
    .max(10_000),
  warnings: storedWarnings,
});

/**
 * Reads `care.json`, in which versions before 1.0 kept what is now in `trust.json`.
 *
 * @returns null when any part of the text is not what they wrote
 */
export function parseFormerCareFile(json: string): FormerCare | null {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(json));
    if (!parsed.success) return null;
    const servers = parsed.data.servers.map(({ account, server, port: on, offeredTlsAt, protection }) => ({
      id: serverId({ server, port: on }),
      host: server,
      port: on,
      offeredTlsAt,
      needs: {},
      verified: null,
      sessions: protection ? [{ account, protection }] : [],
    }));
    return { servers, warnings: parsed.data.warnings };
  } catch {
    return null;
  }
}
