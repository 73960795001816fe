import * as z from 'zod';
import {
  storedDate as date,
  storedPort as port,
  storedProtection,
  storedText as text,
} from '../config/stored-forms.ts';
import {
  certificateProblems,
  type Finding,
  protocols,
  type RefusalRow,
  type RelayRow,
  refusalReasons,
  tlsModes,
} from '../contract/index.ts';
import { Refused } from '../net/refused.ts';

/** What a relay carries mail to. If any of it differs, what was remembered is about something else. */
export type RelayPath = Pick<RelayRow, 'name' | 'account' | 'protocol' | 'server' | 'port' | 'tls'>;

/** How the last sessions of a relay went. */
export type LastSession = RelayPath & Pick<RelayRow, 'lastRefusal' | 'lastSuccess'>;

/** Far above any configuration. */
const maxRelays = 2_000;

/** The facts of a refusal are a few words each; those that take more (characters, as JSON) are not kept. */
const maxFacts = 4_000;

const refusal = z.strictObject({
  reason: z.enum(refusalReasons),
  code: z.string().max(100),
  facts: z.looseObject({
    server: text.exactOptional(),
    port: port.exactOptional(),
    protocol: z.enum(protocols).exactOptional(),
  }),
  at: date,
  protection: storedProtection.exactOptional(),
});

const fileSchema = z.strictObject({
  version: z.literal(1),
  relays: z
    .array(
      z.strictObject({
        ...{ name: text, account: text, protocol: z.enum(protocols), server: text, port, tls: z.enum(tlsModes) },
        succeededAt: date.exactOptional(),
        refused: refusal.exactOptional(),
      }),
    )
    .max(maxRelays),
});

/** @returns what the text says; nothing where any part of it is not what Postern writes */
export function parseLastSessions(json: string): LastSession[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return [];
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) return [];
  return parsed.data.relays.map(({ succeededAt = null, refused, ...path }) => ({
    ...path,
    lastSuccess: succeededAt,
    lastRefusal: refused ? inWords(refused) : null,
  }));
}

/** The words are not stored: they are today's. Null where there are none for the code, or its facts. */
function inWords({ reason, code, facts, at, protection }: z.output<typeof refusal>): RefusalRow | null {
  const { server, port: on, protocol, ...known } = facts;
  const place = { ...(server && { server }), ...(on && { port: on }), ...(protocol && { protocol }) };
  const problems = z.array(z.enum(certificateProblems)).safeParse(facts.problems);
  try {
    const { message, diagnosis } = new Refused(reason, { code, facts: known } as Finding, place);
    return {
      ...{ reason, message, at, diagnosis, beforeStart: true },
      ...(problems.success && problems.data.length > 0 ? { problems: problems.data } : {}),
      ...(protection ? { protection } : {}),
    };
  } catch {
    return null;
  }
}

export function writeLastSessions(rows: readonly LastSession[]): string {
  const relays = rows.flatMap(({ name, account, protocol, server, port: on, tls, lastSuccess, lastRefusal }) => {
    const refused = lastRefusal && stored(lastRefusal);
    if (!lastSuccess && !refused) return [];
    return [
      {
        ...{ name, account, protocol, server, port: on, tls },
        ...(lastSuccess ? { succeededAt: lastSuccess } : {}),
        ...(refused ? { refused } : {}),
      },
    ];
  });
  return `${JSON.stringify({ version: 1, relays: relays.slice(0, maxRelays) }, null, 2)}\n`;
}

function stored({ reason, diagnosis: { code, facts }, at, protection }: RefusalRow) {
  if (JSON.stringify(facts).length > maxFacts) return null;
  return { reason, code, facts, at, ...(protection ? { protection } : {}) };
}
