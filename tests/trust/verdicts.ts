// Judges presentations in whichever runtime runs it, and prints the results: `verdicts.ts FILE`, a JSON file of
// StoredPresentation. It needs only the judge and what the judge imports.
import { readFileSync } from 'node:fs';
import { judge } from '../../proxy/trust/judging/judge.ts';
import { createRoots } from '../../proxy/trust/judging/roots.ts';
import { DerFault } from '../../proxy/trust/x509/der.ts';
import { trusting } from '../support/roots.ts';

export interface StoredPresentation {
  id: string;
  /** DER in base64, the server's own certificate first. */
  chain: string[];
  server: string;
  /** Milliseconds since 1970. */
  now: number;
  /** PEM. */
  trusted: string[];
  asPublic: boolean;
}

export interface Verdicts {
  /** The version of BoringSSL; undefined on OpenSSL. */
  boringssl: string | undefined;
  /** By id: each problem with its sentence. */
  found: Record<string, string[]>;
}

function found({ chain, server, now, trusted, asPublic }: StoredPresentation): string[] {
  const anchors = createRoots(trusting(trusted, asPublic));
  try {
    const presentation = { chain: chain.map((one) => Buffer.from(one, 'base64')), server, staple: null, now };
    return judge(presentation, anchors).details.map(({ problem, text }) => `${problem}: ${text}`);
  } catch (error) {
    if (error instanceof DerFault) return [`unreadable: ${error.message}`];
    throw error;
  }
}

const presentations = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as StoredPresentation[];
const verdicts: Verdicts = {
  boringssl: process.versions.boringssl,
  found: Object.fromEntries(presentations.map((one) => [one.id, found(one)])),
};
process.stdout.write(JSON.stringify(verdicts));
