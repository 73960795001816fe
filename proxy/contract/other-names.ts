import type { CertificateQuestion } from './certificate.ts';
import { canonicalServer } from './endpoint.ts';

/** A whole host name, spelled out: no pattern, no address, no single label. */
const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * The names under which the server of a question could be reached instead, likeliest first: an authority vouches for
 * its certificate in everything but the name. None for a server that proved itself before: it must go on proving itself
 * under the name it had. A pattern (RFC 6125 §6.4.3) names no server, so it offers none.
 */
export function otherNames({ problems, history, host, certificate }: CertificateQuestion): string[] {
  const nameAlone = problems.length === 1 && problems[0] === 'name-mismatch';
  if (!nameAlone || history.kind !== 'new') return [];
  const wanted = canonicalServer(host);
  const names = certificate.names.filter((name) => hostName.test(name)).map((name) => name.toLowerCase());
  const others = [...new Set(names)].filter((name) => canonicalServer(name) !== wanted);
  return others.sort((a, b) => likeness(b, wanted) - likeness(a, wanted));
}

/** Labels that match at the end count first; among equals, the name that begins alike (`mail.`, `imap.`). */
export function likeness(name: string, wanted: string): number {
  const [labels, others] = [name, wanted].map((each) => each.toLowerCase().split('.').reverse()) as [
    string[],
    string[],
  ];
  const differs = labels.findIndex((label, at) => label !== others[at]);
  return 2 * (differs === -1 ? labels.length : differs) + (labels.at(-1) === others.at(-1) ? 1 : 0);
}
