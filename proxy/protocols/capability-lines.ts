/*
 * The lists in which servers of POP3 (CAPA, RFC 2449 §5) and of news (CAPABILITIES, RFC 3977 §5.2) say what they can do: a line
 * for each capability, its name first. What differs is what asking for TLS is called. Lines come without their end.
 */

/** How TLS is asked for (RFC 2595 §4, RFC 4642 §2.1). */
export type TlsKeyword = 'STLS' | 'STARTTLS';

/**
 * What a program may see of one line. The offer of TLS is removed: the program's own connection stays on this computer. So
 * are the `-PLUS` mechanisms: they bind the sign-in to a TLS channel that the program is not an end of (RFC 5802 §6).
 *
 * @returns the line to pass on, the same buffer when nothing was removed; null to leave it out
 */
export function filterCapabilityLine(line: Buffer, keyword: TlsKeyword): Buffer | null {
  const words = wordsOf(line);
  const name = words[0]?.toUpperCase();
  if (name === keyword) return null;
  // A mechanism on a line of its own, where a line was broken in two.
  if (name !== 'SASL') return words.length === 1 ? filterMechanismLine(line) : line;
  const kept = words.filter((word) => !isBoundToChannel(word));
  if (kept.length === words.length) return line;
  return kept.length === 1 ? null : Buffer.from(kept.join(' '), 'latin1');
}

/** The same for a line that names a mechanism and nothing else, as in the answer to POP3's AUTH without an argument. */
export function filterMechanismLine(line: Buffer): Buffer | null {
  return isBoundToChannel(line.toString('latin1').trim()) ? null : line;
}

/**
 * The lines for a program that may ask for TLS with Postern (RFC 2595 §4, RFC 4642 §2.1). Where it has to, no sign-in
 * is offered before.
 */
export function offeringTls(lines: readonly Buffer[], keyword: TlsKeyword, localTls: 'offer' | 'require'): Buffer[] {
  const signsIn = (line: Buffer) => /^(?:USER|AUTHINFO|SASL)$/i.test(wordsOf(line)[0] ?? '');
  const shown = localTls === 'require' ? lines.filter((line) => !signsIn(line)) : lines;
  return [...shown, Buffer.from(keyword)];
}

/** What the lines say behind a capability's name, in upper case; null when none has it. @param name in upper case */
export function argumentsOf(lines: readonly Buffer[], name: string): string[] | null {
  const found = lines.map(wordsOf).filter(([first]) => first?.toUpperCase() === name);
  return found.length === 0 ? null : found.flatMap(([, ...words]) => words.map((word) => word.toUpperCase()));
}

function isBoundToChannel(mechanism: string): boolean {
  return /-PLUS$/i.test(mechanism);
}

function wordsOf(line: Buffer): string[] {
  return line.toString('latin1').trim().split(/\s+/);
}
