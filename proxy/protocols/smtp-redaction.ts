import { redacted, redactSaslArgument } from './sasl-redaction.ts';
import { parseSmtpCommand } from './smtp-command.ts';

/**
 * A command line as the trace may show it: for AUTH only the mechanism (RFC 4954 §4), for other commands what cannot be
 * a secret. MAIL takes parameters that may contain one (`AUTH=`, RFC 4954 §5), and programs are known to mix lines up.
 *
 * @param line without its end
 */
export function redactSmtpCommand(line: Buffer): string {
  const { verb, argument } = parseSmtpCommand(line);
  if (verb === 'AUTH') return argument.trim() === '' ? verb : `${verb} ${redactSaslArgument(argument)}`;
  if (/^AUTH[^A-Z]/.test(verb)) return `AUTH ${redacted}`;
  if (!knownVerbs.has(verb)) return `${redacted} (not an SMTP command)`;
  const shown = openArgument(verb).exec(argument)?.[0] ?? '';
  return [verb, shown, shown === argument ? '' : redacted].filter((part) => part !== '').join(' ');
}

/** The beginning of a command's argument that is shown: host names, addresses, numbers. */
function openArgument(verb: string): RegExp {
  switch (verb) {
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      return /^[A-Za-z0-9.:_[\]-]{1,255}$/;
    case 'MAIL':
    case 'RCPT':
      return /^(?:FROM|TO): ?<[^<>\s]*>(?: (?:SIZE=\d+|BODY=[A-Z0-9]+|SMTPUTF8|RET=[A-Z]+|NOTIFY=[A-Z,]+)(?= |$))*/i;
    default:
      return /^\d{1,20}(?: LAST)?$/i;
  }
}

/**
 * A line is shown in full only if it begins with one of these: a password sent out of turn begins with none of them.
 */
const knownVerbs: ReadonlySet<string> = new Set([
  'EHLO',
  'HELO',
  'LHLO',
  'MAIL',
  'RCPT',
  'DATA',
  'BDAT',
  'RSET',
  'NOOP',
  'QUIT',
  'HELP',
  'VRFY',
  'EXPN',
  'ETRN',
  'TURN',
  'STARTTLS',
]);

/** True for the commands of SMTP and its common extensions: what a mail program's first line begins with. */
export function isSmtpVerb(verb: string): boolean {
  return knownVerbs.has(verb) || verb === 'AUTH' || verb === 'BURL' || verb === 'XCLIENT' || verb === 'XFORWARD';
}

/**
 * A reply line as the trace may show it once the mail program has sent a secret: only the codes, since a server may
 * repeat what it received (RFC 5321 §4.2, RFC 2034 §4).
 *
 * @param line without its end
 */
export function redactSmtpReply(line: Buffer): string {
  const codes = /^[2-5]\d\d[ -]?(?:[245]\.\d{1,3}\.\d{1,3}(?= |$))?/.exec(line.toString('latin1'))?.[0] ?? '';
  return codes.length === line.length ? codes : `${codes.trimEnd()} ${redacted}`;
}
