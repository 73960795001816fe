import * as z from 'zod';
import {
  storedCertificate as certificate,
  storedDate as date,
  storedDigest as digest,
  storedPort as port,
  storedProtection as protection,
  storedText as text,
} from '../../config/stored-forms.ts';
import {
  type CertificateDecision,
  type CertificateQuestion,
  certificateProblems,
  offers,
} from '../../contract/index.ts';
import type { RememberedServer } from './server-memory.ts';
import { bindingId, placeOf, serverId } from './trust-history.ts';

const warning = z.strictObject({
  account: text,
  fingerprint: digest,
  /** Days before the end. */
  threshold: z.int().min(1),
  /** The certificate's end; after that the entry is useless. */
  notAfter: date,
});
/** A warning that was given. */
export type GivenWarning = z.output<typeof warning>;

/** What `trust.json` holds. Decisions `once` are never in it. */
export interface TrustFile {
  decisions: CertificateDecision[];
  servers: RememberedServer[];
  questions: CertificateQuestion[];
  /** Warnings that were given before certificates expired. */
  warnings: GivenWarning[];
}

export const emptyTrust: TrustFile = { decisions: [], servers: [], questions: [], warnings: [] };

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
/** What was seen of a server, whether or not it was verified. */
const seen = {
  offeredTlsAt: date.exactOptional(),
  modes: z.strictObject({ implicit: date.exactOptional(), starttls: date.exactOptional() }).exactOptional(),
  vanishedAt: date.exactOptional(),
  needs: z.strictObject({ onePacketUntil: date.exactOptional(), id: z.literal(true).exactOptional() }).exactOptional(),
  sessions: z.array(z.strictObject({ account: text, protection })).exactOptional(),
};
const previous = { previous: certificate };
const history = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('new'), before: z.enum(['trusted', 'rejected']).exactOptional() }),
  z.strictObject({
    kind: z.literal('verified-then-expired'),
    lastVerifiedAt: date,
    previous: certificate.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('verified-then-not-yet-valid'), lastVerifiedAt: date }),
  z.strictObject({ kind: z.literal('verified-then-failing'), lastVerifiedAt: date, ...previous }),
  z.strictObject({ kind: z.literal('renewed'), ...previous }),
  z.strictObject({ kind: z.literal('changed'), ...previous }),
]);

const fileSchema = z.strictObject({
  version: z.literal(1),
  decisions: z.array(
    z.strictObject({
      ...server,
      decision: z.enum(['reject', 'always']),
      problems,
      decidedAt: date,
      changed: z.literal(true).exactOptional(),
      shownAt: date.exactOptional(),
    }),
  ),
  servers: z.array(
    z.union([
      z.strictObject({ ...server, lastVerifiedAt: date, revocation: revocation.exactOptional(), ...seen }),
      z.strictObject({ id, host: text, port, ...seen }),
    ]),
  ),
  questions: z
    .array(
      z.strictObject({
        ...server,
        relays: z.array(text),
        alsoAtPorts: z.array(port).max(50).exactOptional(),
        problems,
        details: z.array(z.strictObject({ problem: z.enum(certificateProblems), text })),
        chain: z.array(certificate).max(10),
        history,
        offers: z.array(z.enum(offers)),
        askedAt: date,
        timesMet: z.int().min(0),
        waiting: z.int().min(0),
        heldUntil: date.exactOptional(),
        provedAgainAt: date.exactOptional(),
      }),
    )
    .max(1_000),
  warnings: z.array(warning).max(10_000).exactOptional(),
});

/** @returns null when any part of the text is not what Postern writes */
export function parseTrustFile(json: string): TrustFile | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return null;
  const { decisions, servers, questions, warnings = [] } = parsed.data;
  return {
    decisions: decisions.flatMap(bound),
    servers: servers.map(remembered),
    // Sessions that waited ended with their process.
    questions: questions.flatMap(bound).map(({ heldUntil: _, ...question }) => ({ ...question, waiting: 0 })),
    warnings,
  };
}

/**
 * An id is derived from what a decision binds to, so a row whose id does not match was changed by somebody else: it
 * decides nothing.
 */
function bound<T extends CertificateDecision | CertificateQuestion>(row: T): T[] {
  return row.id === bindingId(placeOf(row), row.certificate.fingerprint, row.problems) ? [row] : [];
}

function remembered(row: z.output<typeof fileSchema>['servers'][number]): RememberedServer {
  const { host, port: on, offeredTlsAt = null, modes = {}, vanishedAt = null, needs = {}, sessions = [] } = row;
  const known = {
    id: serverId({ server: host, port: on }),
    host,
    port: on,
    offeredTlsAt,
    modes,
    vanishedAt,
    needs,
    sessions,
  };
  if (!('certificate' in row)) return { ...known, verified: null };
  const { account, certificate: shown, lastVerifiedAt, revocation: found } = row;
  const verified = { account, certificate: shown, lastVerifiedAt, ...(found ? { revocation: found } : {}) };
  return { ...known, verified };
}

function storedServer({ verified, offeredTlsAt, modes, vanishedAt, needs, sessions, ...place }: RememberedServer) {
  return {
    ...place,
    ...verified,
    ...(offeredTlsAt === null ? {} : { offeredTlsAt }),
    ...(vanishedAt === null ? {} : { vanishedAt }),
    ...(Object.keys(modes).length === 0 ? {} : { modes }),
    ...(Object.keys(needs).length === 0 ? {} : { needs }),
    ...(sessions.length === 0 ? {} : { sessions }),
  };
}

export function writeTrustFile(trust: TrustFile): string {
  return `${JSON.stringify({ version: 1, ...trust, servers: trust.servers.map(storedServer) }, null, 2)}\n`;
}
