import type { CertificateProblem } from './certificate.ts';
import { diagnosisWords } from './diagnosis-words.ts';

/** What a failure was recognised as. Stable: scripts and pages rely on the words; add, never rename. */
export type DiagnosisCode = keyof typeof diagnosisWords;

export const diagnosisCodes = Object.keys(diagnosisWords) as DiagnosisCode[];

/** What the sentences of the catalogue may name. Each is one inert, bounded line; none is a secret. */
export interface DiagnosisFacts {
  /** The configured server. */
  server?: string;
  /** The server's port. */
  port?: number;
  /** The names that the server's certificate is for, as a list in words. */
  names?: string;
  /** The program or company that signs certificates anew. */
  product?: string;
  /** The mail provider, as its customers call it. */
  provider?: string;
  /** How far something is off, in words: "at least 3 days". */
  amount?: string;
  /** `behind` or `ahead`: how the clock is wrong. */
  direction?: string;
  /** The program that holds a port, as far as the system tells. */
  program?: string;
  /** The address and port on this computer. */
  place?: string;
  /** A port on this computer that is free. */
  freePort?: number;
  /** The protocol that answered, such as SMTP. */
  spoken?: string;
  /** When something was last as it should be: a date. */
  since?: string;
}

/** A code with what is known of this one case. */
export interface Finding {
  code: DiagnosisCode;
  facts?: DiagnosisFacts;
  /** What is wrong with the server's certificate, where that is the reason. */
  problems?: CertificateProblem[];
}

/** One failure explained: what happened, what to do, and where more stands. */
export interface Diagnosis {
  code: DiagnosisCode;
  /** What happened, in one or two plain sentences. */
  sentence: string;
  /** What the person can do about it. */
  advice: string;
  /** The section of the documentation, as a path inside it: `docs/diagnosis.md#clock-wrong`. */
  page: string;
}

/** What stands in for a fact that is not known. */
const unknown: Required<DiagnosisFacts> = {
  server: 'the server',
  port: 0,
  names: 'other servers',
  product: 'A program or company',
  provider: 'The mail provider',
  amount: 'an unknown time',
  direction: 'wrong',
  program: 'another program',
  place: 'This port',
  freePort: 0,
  spoken: 'something else',
  since: 'an earlier time',
};

/** Puts the facts into the catalogue's words. */
export function diagnose({ code, facts = {} }: Finding): Diagnosis {
  const known = Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
  const all: Record<string, string | number> = { ...unknown, ...known };
  const fill = (text: string) => {
    const whole = text
      // A sentence in brackets is left out where its fact is missing.
      .replace(/\[([^\]]*\{(\w+)\}[^\]]*)\]/g, (_, sentence: string, name: string) => (name in known ? sentence : ''))
      .replace(/\{(\w+)\}/g, (_, name: string) => String(all[name] ?? ''))
      .trim();
    // A server's name keeps its letters, also at the beginning of a sentence.
    const begin = /^\{(\w+)\}/.exec(text)?.[1];
    return begin !== undefined && begin in known ? whole : whole.charAt(0).toUpperCase() + whole.slice(1);
  };
  const { sentence, advice } = diagnosisWords[code];
  return { code, sentence: fill(sentence), advice: fill(advice), page: `docs/diagnosis.md#${code}` };
}
