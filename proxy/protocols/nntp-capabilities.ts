/**
 * What a news program may see of one line of the answer to CAPABILITIES (RFC 3977 §5.2). STARTTLS is removed: the
 * program's own connection stays on this computer. So are the `-PLUS` mechanisms: they bind the sign-in to a TLS channel
 * that the program is not an end of (RFC 5802 §6).
 *
 * @param line without its end
 * @returns the line to pass on, the same buffer when nothing was removed; null to leave it out
 */
export function filterCapabilityLine(line: Buffer): Buffer | null {
  const words = wordsOf(line);
  switch (words[0]?.toUpperCase()) {
    case 'STARTTLS':
      return null;
    case 'SASL': {
      const kept = words.filter((word) => !/-PLUS$/i.test(word));
      if (kept.length === words.length) return line;
      return kept.length === 1 ? null : Buffer.from(kept.join(' '), 'latin1');
    }
    default:
      return line;
  }
}

/**
 * The lines of an answer to CAPABILITIES for a program that may ask for TLS on its own leg (RFC 4642 §2.1). Where it has to,
 * nothing is said of signing in before.
 */
export function withStartTls(lines: readonly Buffer[], localTls: 'offer' | 'require'): Buffer[] {
  const signsIn = (line: Buffer) => /^(?:AUTHINFO|SASL)$/i.test(wordsOf(line)[0] ?? '');
  const shown = localTls === 'require' ? lines.filter((line) => !signsIn(line)) : lines;
  return [...shown, Buffer.from('STARTTLS')];
}

/** What the lines say that matters before TLS: whether STARTTLS is offered, and whether a reader is to ask for reading first. */
export function offeredBeforeTls(lines: readonly Buffer[]): { startTls: boolean; switchesModes: boolean } {
  const labels = lines.map((line) => wordsOf(line)[0]?.toUpperCase());
  return { startTls: labels.includes('STARTTLS'), switchesModes: labels.includes('MODE-READER') };
}

/** How a server with these capabilities lets a program sign in (RFC 4643 §2.1), and whether it takes articles now. */
export function offeredByCapabilities(lines: readonly Buffer[]): {
  user: boolean;
  mechanisms: string[];
  posting: boolean;
} {
  const all = lines.map((line) => wordsOf(line).map((word) => word.toUpperCase()));
  return {
    user: all.some(([label, ...rest]) => label === 'AUTHINFO' && rest.includes('USER')),
    mechanisms: all.flatMap(([label, ...rest]) => (label === 'SASL' ? rest : [])),
    posting: all.some(([label]) => label === 'POST'),
  };
}

function wordsOf(line: Buffer): string[] {
  return line
    .toString('latin1')
    .trim()
    .split(/[ \t]+/);
}
