import * as z from 'zod';
import {
  storedCertificate as certificate,
  storedDate as date,
  storedPort as port,
  storedText as text,
} from '../../config/stored-forms.ts';
import {
  type CertificateDecision,
  type CertificateQuestion,
  certificateProblems,
  type KnownServer,
  offers,
} from '../../contract/index.ts';

/** What `trust.json` holds. Decisions `once` are never in it. */
export interface TrustFile {
  decisions: CertificateDecision[];
  servers: KnownServer[];
  questions: CertificateQuestion[];
}

export const emptyTrust: TrustFile = { decisions: [], servers: [], questions: [] };

const id = z.string().regex(/^[0-9a-f]{8,64}$/);
const problems = z.array(z.enum(certificateProblems)).max(certificateProblems.length);
const server = { id, account: text, host: text, port, certificate };
const revocation = z.strictObject({
  status: z.enum(['good', 'unknown', 'revoked']),
  checkedAt: date,
  nextUpdate: date.nullable(),
  source: z.enum(['crl', 'staple']).nullable(),
  message: text,
});
const previous = { previous: certificate };
const history = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('new') }),
  z.strictObject({ kind: z.literal('verified-then-expired'), lastVerifiedAt: date }),
  z.strictObject({ kind: z.literal('verified-then-failing'), lastVerifiedAt: date, ...previous }),
  z.strictObject({ kind: z.literal('renewed'), ...previous }),
  z.strictObject({ kind: z.literal('changed'), ...previous }),
]);

const fileSchema = z.strictObject({
  version: z.literal(1),
  decisions: z.array(z.strictObject({ ...server, decision: z.enum(['reject', 'always']), problems, decidedAt: date })),
  servers: z.array(z.strictObject({ ...server, lastVerifiedAt: date, revocation: revocation.exactOptional() })),
  questions: z
    .array(
      z.strictObject({
        ...server,
        relays: z.array(text),
        problems,
        details: z.array(z.strictObject({ problem: z.enum(certificateProblems), text })),
        chain: z.array(certificate).max(10),
        history,
        offers: z.array(z.enum(offers)),
        askedAt: date,
        timesMet: z.int().min(0),
        waiting: z.int().min(0),
      }),
    )
    .max(1_000),
});

/** @returns null when the text is not what Postern writes, in whole or in any part */
export function parseTrustFile(json: string): TrustFile | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return null;
  const { decisions, servers, questions } = parsed.data;
  // Whoever waited has gone with the process that they waited for.
  return { decisions, servers, questions: questions.map((question) => ({ ...question, waiting: 0 })) };
}

export function writeTrustFile(trust: TrustFile): string {
  return `${JSON.stringify({ version: 1, ...trust }, null, 2)}\n`;
}
