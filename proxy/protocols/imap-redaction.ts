import { type ImapCommandLine, isImapCommand, parseImapCommand, parseImapResponse } from './imap-syntax.ts';
import { redacted, redactSaslArgument } from './sasl-redaction.ts';

/** Commands whose arguments are protocol words. */
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
 * A tag as the trace may show it: one that Postern made, or one too short to be a secret. Any other may be a password
 * that came in the wrong place.
 */
export function redactImapTag(tag: string): string {
  return /^(?:[*+]|[A-Za-z0-9]{1,3}|P[0-9a-f]{16})$/.test(tag) ? tag : hiddenTag;
}

const hiddenTag = '‹tag›';

/** How mail programs number their commands: `a0001`, `00000017`, `4.2`. Hidden, but no reason to hide what follows. */
const countingTag = /^[A-Za-z]{0,4}[0-9.]{1,10}$/;

/** True unless the command is known to contain nothing that must stay hidden when a server repeats it. */
export function isSecretImapCommand({ tag, name, argument }: ImapCommandLine): boolean {
  if (redactImapTag(tag) !== tag && !countingTag.test(tag)) return true;
  if (openArguments.has(name) || name === 'ID') return false;
  return name === 'LOGIN' || name === 'AUTHENTICATE' || argument !== '' || !isImapCommand(name);
}

/**
 * A command's first line as the trace may show it: tag and name, and for AUTHENTICATE the mechanism. Literals are not
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
 * text is not shown either: servers are known to repeat what they did not understand.
 *
 * @param line without its end
 * @param secret whether the server may know a secret by now
 * @param tag of the command that it answers: not to be repeated either
 */
export function redactImapResponse(line: Buffer, secret: boolean, tag: string | null = null): string {
  const parsed = parseImapResponse(line);
  if (!parsed) return redacted;
  if (parsed.kind === 'continuation') return `+ ${redacted}`;
  if (!secret) {
    const text = line.toString('latin1');
    const shown = parsed.kind === 'status' ? redactImapTag(parsed.tag) + text.slice(parsed.tag.length) : text;
    return tag === null || redactImapTag(tag) === tag ? shown : without(tag, shown);
  }
  if (parsed.kind === 'data') return parsed.name === 'CAPABILITY' ? `* CAPABILITY ${redacted}` : `* ${redacted}`;
  const code = parsed.code && knownCodes.has(parsed.code) ? `[${parsed.code}] ` : '';
  return `${parsed.tag === '*' ? '*' : 'tagged'} ${parsed.status} ${code}${redacted}`;
}

function without(tag: string, text: string): string {
  const wanted = tag.toLowerCase();
  let left = text;
  for (let at = left.toLowerCase().indexOf(wanted); at !== -1; at = left.toLowerCase().indexOf(wanted)) {
    left = left.slice(0, at) + hiddenTag + left.slice(at + tag.length);
  }
  return left;
}
