import * as z from 'zod';
import {
  storedCertificate as certificate,
  storedDate as date,
  storedDigest as digest,
  storedPort as port,
  storedText as text,
} from '../config/stored-forms.ts';
import type { UpstreamProtection } from '../contract/index.ts';

/** One server as one account means it. */
export interface CarePlace {
  account: string;
  server: string;
  port: number;
}

/** What is remembered of a server. */
export interface RememberedServer extends CarePlace {
  /** ISO 8601: when it last agreed to TLS. */
  offeredTlsAt: string;
  /** The evidence of the last verified session; null while there was none. */
  protection: UpstreamProtection | null;
}

/** A warning that was given. */
export interface GivenWarning {
  account: string;
  fingerprint: string;
  /** Days before the end. */
  threshold: number;
  /** ISO 8601: the certificate's end; then the entry is of no use any more. */
  notAfter: string;
}

export interface CareFile {
  servers: RememberedServer[];
  warnings: GivenWarning[];
}

const trust = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('verified') }),
  z.strictObject({ kind: z.literal('trusted-by-you'), decision: text }),
]);
const fileSchema = z.strictObject({
  version: z.literal(1),
  servers: z
    .array(
      z.strictObject({
        account: text,
        server: text,
        port,
        offeredTlsAt: date,
        protection: z.strictObject({ tlsVersion: text, cipher: text, certificate, trust, verifiedAt: date }).nullable(),
      }),
    )
    .max(10_000),
  warnings: z
    .array(z.strictObject({ account: text, fingerprint: digest, threshold: z.int().min(1), notAfter: date }))
    .max(10_000),
});

/** @returns null when the text is not what Postern writes, in whole or in any part */
export function parseCareFile(json: string): CareFile | null {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(json));
    return parsed.success ? { servers: parsed.data.servers, warnings: parsed.data.warnings } : null;
  } catch {
    return null;
  }
}

export function writeCareFile(care: CareFile): string {
  return `${JSON.stringify({ version: 1, ...care }, null, 2)}\n`;
}
