import { isNntpCommand, parseNntpCommand, parseNntpReply } from './nntp-syntax.ts';
import { redacted, redactSaslArgument } from './sasl-redaction.ts';

/**
 * True for a command that begins a sign-in: the server's answers may repeat what it was told.
 *
 * @param line without its end
 */
export function isSecretNntpCommand(line: Buffer): boolean {
  const { keyword } = parseNntpCommand(line);
  return keyword.startsWith('AUTHINFO') || !isNntpCommand(keyword);
}

/**
 * A command line as the trace may show it. The groups that somebody reads are private: only numbers of articles are
 * shown.
 *
 * @param line without its end
 */
export function redactNntpCommand(line: Buffer): string {
  const { keyword, argument } = parseNntpCommand(line);
  if (!isNntpCommand(keyword)) return `${redacted} (not an NNTP command)`;
  const [first = '', second] = keyword.split(' ');
  // The second word may be a password that was typed in the wrong place.
  const shown = second === undefined || secondWords.has(second) ? keyword : `${first} ${redacted}`;
  if (argument === '' || shown !== keyword) return shown;
  if (keyword === 'AUTHINFO SASL') return `${keyword} ${redactSaslArgument(argument)}`;
  return plainArguments.has(keyword) && /^[0-9-]{1,20}$/.test(argument)
    ? `${keyword} ${argument}`
    : `${keyword} ${redacted}`;
}

/** Commands whose arguments are numbers of articles. */
const plainArguments: ReadonlySet<string> = new Set(['ARTICLE', 'BODY', 'HEAD', 'OVER', 'STAT', 'XOVER']);

const secondWords: ReadonlySet<string> = new Set([
  ...['USER', 'PASS', 'SASL', 'SIMPLE', 'GENERIC', 'READER', 'STREAM', 'COMPRESS'],
  ...['ACTIVE', 'ACTIVE.TIMES', 'COUNTS', 'DISTRIB.PATS', 'EXTENSIONS', 'HEADERS', 'MOTD', 'NEWSGROUPS'],
  ...['OVERVIEW.FMT', 'SUBSCRIPTIONS'],
]);

/** Answers whose text says something about the server, and nothing about what is read. */
const plainCodes: ReadonlySet<number> = new Set([
  ...[101, 111, 200, 201, 205, 382, 400, 401, 403, 480, 481, 482, 483, 500, 501, 502, 503, 580],
]);

/**
 * The first line of a server's answer as the trace may show it.
 *
 * @param line without its end
 * @param secret whether the server may know a secret by now, which it might repeat
 */
export function redactNntpReply(line: Buffer, secret: boolean): string {
  const reply = parseNntpReply(line);
  if (!reply) return redacted;
  if (reply.text === '') return String(reply.code);
  return !secret && plainCodes.has(reply.code) ? `${reply.code} ${reply.text}` : `${reply.code} ${redacted}`;
}
