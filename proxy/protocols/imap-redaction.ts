import { type ImapCommandLine, isImapCommand, parseImapCommand, parseImapResponse } from './imap-syntax.ts';
import { redacted, redactSaslArgument } from './redact.ts';

/** Commands whose arguments are words of the protocol. */
const openArguments: ReadonlySet<string> = new Set(['ENABLE', 'COMPRESS']);

/** Response codes that say why a sign-in failed (RFC 3501 §7.1, RFC 5530 §3). */
const knownCodes: ReadonlySet<string> = new Set([
  'ALERT',
  'AUTHENTICATIONFAILED',
  'AUTHORIZATIONFAILED',
  'CANNOT',
  'CAPABILITY',
  'CLIENTBUG',
  'CONTACTADMIN',
  'EXPIRED',
  'INUSE',
  'LIMIT',
  'PRIVACYREQUIRED',
  'SERVERBUG',
  'UNAVAILABLE',
]);

/**
 * A tag as the trace may show it. Tags are short (RFC 3501 §2.2.1), but for those that Postern makes; a longer one may be
 * something that was typed in the wrong place.
 */
export function redactImapTag(tag: string): string {
  return /^(?:[*+]|[A-Za-z0-9.]{1,12}|P[0-9a-f]{16})$/.test(tag) ? tag : '‹tag›';
}

/** True unless the command is known to hold nothing that a server should not repeat where the trace shows it. */
export function isSecretImapCommand({ name, argument }: ImapCommandLine): boolean {
  if (openArguments.has(name) || name === 'ID') return false;
  return name === 'LOGIN' || name === 'AUTHENTICATE' || argument !== '' || !isImapCommand(name);
}

/**
 * A command's first line as the trace may show it: tag and name, and of AUTHENTICATE the mechanism. Literals are not
 * part of it.
 *
 * @param line without its end
 */
export function redactImapCommand(line: Buffer): string {
  const command = parseImapCommand(line);
  if (!command || !isImapCommand(command.name)) return `${redacted} (not an IMAP command)`;
  const { name, argument } = command;
  const tag = redactImapTag(command.tag);
  if (argument === '') return `${tag} ${name}`;
  if (name === 'AUTHENTICATE') return `${tag} ${name} ${redactSaslArgument(argument)}`;
  const shown = openArguments.has(name) && /^[A-Za-z0-9=/. -]{1,80}$/.test(argument) ? argument : redacted;
  return `${tag} ${name} ${shown}`;
}

/**
 * A server's line as the trace may show it. Challenges are never shown. Once the server has been told a secret, its
 * text is not shown either: servers have been seen to repeat what they did not understand.
 *
 * @param line without its end
 * @param secret whether the server may know a secret by now
 */
export function redactImapResponse(line: Buffer, secret: boolean): string {
  const parsed = parseImapResponse(line);
  if (!parsed) return redacted;
  if (parsed.kind === 'continuation') return `+ ${redacted}`;
  if (!secret) {
    const text = line.toString('latin1');
    return parsed.kind === 'status' ? redactImapTag(parsed.tag) + text.slice(parsed.tag.length) : text;
  }
  if (parsed.kind === 'data') return parsed.name === 'CAPABILITY' ? `* CAPABILITY ${redacted}` : `* ${redacted}`;
  const code = parsed.code && knownCodes.has(parsed.code) ? `[${parsed.code}] ` : '';
  return `${parsed.tag === '*' ? '*' : 'tagged'} ${parsed.status} ${code}${redacted}`;
}
