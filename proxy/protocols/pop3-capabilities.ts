/**
 * What a mail program may see of one line of the answer to CAPA (RFC 2449 §5). STLS is removed: the program's own
 * connection stays on this computer. So are the `-PLUS` mechanisms: they bind the sign-in to a TLS channel that the
 * program is not an end of (RFC 5802 §6).
 *
 * @param line without its end
 * @returns the line to pass on, the same buffer when nothing was removed; null to leave it out
 */
export function filterCapaLine(line: Buffer): Buffer | null {
  const words = line.toString('latin1').trim().split(/\s+/);
  switch (words[0]?.toUpperCase()) {
    case 'STLS':
      return null;
    case 'SASL': {
      const kept = words.filter((word) => !isBoundToChannel(word));
      if (kept.length === words.length) return line;
      return kept.length === 1 ? null : Buffer.from(kept.join(' '), 'latin1');
    }
    default:
      // A mechanism on a line of its own, where a line was broken in two.
      return words.length === 1 && isBoundToChannel(words[0] ?? '') ? null : line;
  }
}

/**
 * The lines of an answer to CAPA for a program that may ask for TLS on its own leg (RFC 2595 §4). Where it has to, nothing
 * is said of signing in before.
 */
export function withStls(lines: readonly Buffer[], localTls: 'offer' | 'require'): Buffer[] {
  const signsIn = (line: Buffer) => /^(?:USER|SASL)\b/i.test(line.toString('latin1').trim());
  const shown = localTls === 'require' ? lines.filter((line) => !signsIn(line)) : lines;
  return [...shown, Buffer.from('STLS')];
}

/** The same for one line of the answer to AUTH without an argument: each names a mechanism. */
export function filterAuthLine(line: Buffer): Buffer | null {
  return isBoundToChannel(line.toString('latin1').trim()) ? null : line;
}

/** True when this line of a CAPA answer offers STLS as a whole word (RFC 2595 §4). */
export function offersStls(line: Buffer): boolean {
  return /^STLS$/i.test(line.toString('latin1').trim().split(/\s+/)[0] ?? '');
}

/** How a server with this answer to CAPA lets a program sign in: by USER and PASS, by SASL mechanisms (RFC 2449 §6). */
export function offeredByCapa(lines: readonly Buffer[]): { user: boolean; mechanisms: string[] } {
  const words = lines.map((line) => line.toString('latin1').trim().toUpperCase().split(/\s+/));
  return {
    user: words.some(([name]) => name === 'USER'),
    mechanisms: words.flatMap(([name, ...rest]) => (name === 'SASL' ? rest : [])),
  };
}

function isBoundToChannel(mechanism: string): boolean {
  return /-PLUS$/i.test(mechanism);
}
