import { parseSmtpReplyLine } from './smtp-reply.ts';

/**
 * What a mail program may learn from the server's answer to EHLO (RFC 5321 §4.1.1.1).
 *
 * STARTTLS is removed: the program's own connection stays on this computer. So are the `-PLUS` mechanisms: they bind
 * the sign-in to the TLS channel (RFC 5802 §6), and the program does not speak to the server over that channel. The
 * older form `AUTH=LOGIN PLAIN` is added: Outlook Express 4 and its contemporaries know no other.
 *
 * @param lines the reply's lines without their ends; code 250
 * @param own the mechanisms to show in place of the server's, where Postern answers the sign-in
 * @returns the lines to pass on, without their ends
 */
export function filterEhloLines(lines: readonly Buffer[], own?: readonly string[]): Buffer[] {
  const [first = '', ...extensions] = lines.map((line) => parseSmtpReplyLine(line)?.text ?? '');
  const filtered = extensions.flatMap((text) => filterExtension(text));
  const kept = own ? withOwnMechanisms(filtered, own) : filtered;
  return inAnswer([first, ...withLegacyAuth(kept)]);
}

function inAnswer(texts: readonly string[]): Buffer[] {
  return texts.map((text, index) => Buffer.from(`250${index === texts.length - 1 ? ' ' : '-'}${text}`, 'latin1'));
}

/** The extensions that change nothing about where a command or a text ends, or are understood by what bounds them. */
const understood: ReadonlySet<string> = new Set([
  'AUTH',
  'SIZE',
  '8BITMIME',
  'SMTPUTF8',
  'DSN',
  'ENHANCEDSTATUSCODES',
  'PIPELINING',
  'CHUNKING',
  'BINARYMIME',
]);

/** The extensions in an answer to EHLO that a relay with bounds can follow. @param lines without their ends; code 250 */
export function boundedExtensions(lines: readonly Buffer[]): Buffer[] {
  const [first = '', ...extensions] = lines.map((line) => parseSmtpReplyLine(line)?.text ?? '');
  return inAnswer([first, ...extensions.filter((text) => understood.has(keyword(text)))]);
}

/**
 * An answer to EHLO for a program that may ask for TLS with Postern (RFC 3207 §4.2). Where it has to, no sign-in is
 * offered before.
 *
 * @param lines without their ends; code 250
 */
export function withStartTls(lines: readonly Buffer[], localTls: 'offer' | 'require'): Buffer[] {
  const [first = '', ...extensions] = lines.map((line) => parseSmtpReplyLine(line)?.text ?? '');
  const shown = localTls === 'require' ? extensions.filter((text) => keyword(text) !== 'AUTH') : extensions;
  return inAnswer([first, ...shown, 'STARTTLS']);
}

/** The largest message that a server takes, in bytes (RFC 1870 §3), by its answer to EHLO; null for one without a limit. */
export function sizeLimit(lines: readonly Buffer[]): number | null {
  const texts = lines.slice(1).map((line) => parseSmtpReplyLine(line)?.text ?? '');
  const digits = texts.map((text) => /^\s*SIZE\s+(\d{1,15})\s*$/i.exec(text)?.[1]).find((found) => found !== undefined);
  return Number(digits ?? 0) || null;
}

/** True when an EHLO answer contains STARTTLS as a whole word (RFC 3207 §4). */
export function offersStartTls(lines: readonly Buffer[]): boolean {
  return lines.slice(1).some((line) => /^\s*STARTTLS(?:\s|$)/i.test(parseSmtpReplyLine(line)?.text ?? ''));
}

/** The SASL mechanisms that an EHLO answer names (RFC 4954 §3), in either form of the keyword. */
export function offeredMechanisms(lines: readonly Buffer[]): string[] {
  return lines.slice(1).flatMap((line) => {
    const text = parseSmtpReplyLine(line)?.text ?? '';
    return keyword(text) === 'AUTH'
      ? text
          .trim()
          .split(/[\s=]+/)
          .slice(1)
      : [];
  });
}

function keyword(text: string): string {
  return (text.trim().split(/[\s=]/, 1)[0] ?? '').toUpperCase();
}

function filterExtension(text: string): string[] {
  const word = keyword(text);
  if (word === 'STARTTLS') return [];
  if (word !== 'AUTH') return [text];
  const [head, ...mechanisms] = text.trim().split(/[\s=]+/);
  const kept = mechanisms.filter((mechanism) => !/-PLUS$/i.test(mechanism));
  if (kept.length === 0) return [];
  const separator = text.trim().charAt(4) === '=' ? '=' : ' ';
  return kept.length === mechanisms.length ? [text] : [`${head}${separator}${kept.join(' ')}`];
}

function withOwnMechanisms(extensions: readonly string[], own: readonly string[]): string[] {
  const others = extensions.filter((text) => keyword(text) !== 'AUTH');
  return own.length === 0 ? others : [...others, `AUTH ${own.join(' ')}`];
}

function withLegacyAuth(extensions: readonly string[]): string[] {
  const isLegacy = (text: string) => /^\s*AUTH=/i.test(text);
  if (extensions.some(isLegacy)) return [...extensions];
  return extensions.flatMap((text) => {
    if (keyword(text) !== 'AUTH') return [text];
    const mechanisms = text.trim().split(/\s+/).slice(1);
    const first = ['LOGIN', 'PLAIN'].filter((name) => mechanisms.some((other) => other.toUpperCase() === name));
    const rest = mechanisms.filter((name) => !first.includes(name.toUpperCase()));
    return first.length === 0 ? [text] : [text, `AUTH=${[...first, ...rest].join(' ')}`];
  });
}
