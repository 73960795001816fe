/**
 * The safety net for the log. Secrets are removed where the protocol is understood, in the sign-in phase; if a line
 * still has one here, that is a bug, and this keeps the secret off the disk. It prefers to hide too much.
 */

/** Replaces every secret. */
export const redactedWord = '‹secret›';

/** Commands that carry a secret, with what may be kept in front. A tag (IMAP) may come first. */
const secretCommands: readonly RegExp[] = [
  // RFC 4954 §4, RFC 5034 §4: AUTH mechanism [initial response].
  /^(\s*AUTH\s+[A-Z0-9_-]{1,20})\s+\S.*$/is,
  // RFC 9051 §6.2.2: tag AUTHENTICATE mechanism [initial response].
  /^(\s*\S+\s+AUTHENTICATE\s+[A-Z0-9_-]{1,20})\s+\S.*$/is,
  // RFC 9051 §6.2.3: tag LOGIN user password; the user name may be a literal, so no pattern can tell the rest apart.
  /^(\s*\S+\s+LOGIN)\s+\S.*$/is,
  // RFC 1939 §7.
  /^(\s*PASS)\s.*$/is,
  /^(\s*APOP)\s+\S.*$/is,
  // RFC 4643 §2.3, and the older ways of RFC 2980. The name goes too: it may be a password that was typed a step early.
  /^(\s*AUTHINFO\s+(?:USER|PASS|SIMPLE|GENERIC))\s+\S.*$/is,
  // RFC 4643 §2.4: AUTHINFO SASL mechanism [initial response].
  /^(\s*AUTHINFO\s+SASL\s+[A-Z0-9_-]{1,20})\s+\S.*$/is,
  // A bind as the trace shows it: what stands behind its form.
  /^(\s*bindRequest \([^)]*\))\s+\S.*$/is,
  // A challenge is the first half of a response: SMTP's, and the news server's.
  /^(\s*(?:334|383))\s+\S.*$/s,
];

/**
 * Replaces what looks like a secret in one protocol line: arguments of sign-in commands, a line that is only base64,
 * and whatever `redactText` replaces.
 */
export function redactLine(line: string): string {
  const [, sign = '', rest = ''] = /^\s*(\+\s+)?(.*?)\s*$/s.exec(line) ?? [];
  return isBase64Line(rest) ? `${sign}${redactedWord}` : redactText(line);
}

/** Replaces what looks like a secret in a text: sign-in commands, tokens after `Bearer`, `password=…`, long base64. */
export function redactText(text: string): string {
  for (const command of secretCommands) {
    const match = command.exec(text);
    if (match) return `${match[1]} ${redactedWord}`;
  }
  return text
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}/gi, `$1 ${redactedWord}`)
    .replace(
      /\b(pass(?:word|wd|phrase)?|secret|(?:access_|refresh_)?token)(["']?\s*[=:]\s*)("[^"]*"|[^\s,;&]+)/gi,
      `$1$2${redactedWord}`,
    )
    .replace(/[A-Za-z0-9+/_=-]{40,}/g, (run) => (/^(?:[0-9a-fA-F]+|[A-Z0-9_-]+)$/.test(run) ? run : redactedWord));
}

/** A SASL response is alone on its line (RFC 4422 §4). So is a bare command such as `STARTTLS`, in upper case only. */
function isBase64Line(line: string): boolean {
  return line.length >= 4 && line.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(line) && !/^[A-Z]+$/.test(line);
}
