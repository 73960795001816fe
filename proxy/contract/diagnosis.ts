import type { Protocol } from './protocol.ts';
import type { FailureWords, Where } from './words/failure.ts';
import { failures } from './words/failures.ts';
import { kindOf } from './words/kinds.ts';

/** What a failure was recognised as. Stable: scripts and pages rely on the words; add, never rename. */
export type DiagnosisCode = keyof typeof failures;

/** What the words of a code may name, apart from the place. */
export type FactsOf<C extends DiagnosisCode> = (typeof failures)[C] extends FailureWords<infer Facts> ? Facts : never;

/** A code with what is known about this one case. */
export type Finding = {
  [C in DiagnosisCode]: object extends FactsOf<C> ? { code: C; facts?: FactsOf<C> } : { code: C; facts: FactsOf<C> };
}[DiagnosisCode];

/** The server that a failure was met at. */
export interface FailedAt {
  server: string;
  port: number;
  /** What was to be spoken there. */
  protocol?: Protocol;
}

/** One failure explained: what happened, what to do, and where to read more. */
export interface Diagnosis {
  code: DiagnosisCode;
  /** A headline: a few words. */
  title: string;
  /** What happened, in one or two plain sentences. */
  sentence: string;
  /** What the person can do about it. */
  advice: string;
  /** The section of the documentation, as a path within it: `docs/diagnosis.md#clock-wrong`. */
  page: string;
  /** The facts the words are made from, for wording them in another language. */
  facts: Record<string, unknown>;
}

/**
 * Puts a finding into the catalogue's words.
 *
 * @param at the server, as far as it is known
 * @param options what the commands in the advice need to reach this Postern: ` --data-dir /srv/mail`
 */
export function diagnose({ code, facts = {} }: Finding, at: Partial<FailedAt> = {}, options = ''): Diagnosis {
  const { server = 'the server', port, protocol } = at;
  const where: Where = {
    server,
    port: port === undefined ? 'this port' : `port ${port}`,
    place: port === undefined ? server : `${server} port ${port}`,
    ...(port === undefined ? {} : { portNumber: port }),
    ...(protocol === undefined ? {} : { protocol }),
    kind: kindOf(protocol),
    options,
  };
  const { title, sentence, advice } = failures[code] as FailureWords;
  const begin = (text: string) =>
    // A stand-in for a name is capitalised at the start of a sentence; a name is left as it is.
    at.server === undefined && text.startsWith(server) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  const known = { ...facts, ...where };
  return {
    code,
    title: typeof title === 'string' ? title : title(known),
    sentence: begin(sentence(known)),
    advice: begin(advice(known)),
    page: `docs/diagnosis.md#${code}`,
    facts: { ...at, ...facts },
  };
}

/** The words for a code and facts that came as data, with an event or a row of the state. @param options see `diagnose` */
export function worded({ code, facts }: Pick<Diagnosis, 'code' | 'facts'>, options = ''): Diagnosis {
  const { server, port, protocol, ...known } = facts as Partial<FailedAt>;
  const at = {
    ...(server === undefined ? {} : { server }),
    ...(port === undefined ? {} : { port }),
    ...(protocol === undefined ? {} : { protocol }),
  };
  return diagnose({ code, facts: known } as Finding, at, options);
}

/**
 * The same for a mail program, the log and scripts: what happened and what to do, in one text. Anyone on the line can
 * make up a certificate, so nothing that it says of itself is included.
 */
export function refusalText(finding: Finding, at: Partial<FailedAt> = {}, options = ''): string {
  const { names: _names, more: _more, ...ours } = (finding.facts ?? {}) as Record<string, unknown>;
  const { sentence, advice } = diagnose({ ...finding, facts: ours } as Finding, at, options);
  return `${sentence} ${advice}`;
}
