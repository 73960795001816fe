import { isPop3Command, parsePop3Command, parsePop3Reply } from './pop3-syntax.ts';
import { redacted, redactSaslArgument } from './sasl-redaction.ts';

/** Response codes (RFC 2449 §8, RFC 3206 §4, RFC 6856 §5). */
const codes = /^\[(?:IN-USE|LOGIN-DELAY|SYS\/TEMP|SYS\/PERM|AUTH|UTF8)\]/i;

/**
 * True for a command that the trace does not show in full, or that secrets follow: its answer may repeat them.
 *
 * @param line without its end
 */
export function isSecretPop3Command(line: Buffer): boolean {
  const { keyword, argument } = parsePop3Command(line);
  return (keyword === 'AUTH' && argument !== '') || redactPop3Command(line).includes(redacted);
}

/**
 * A command line as the trace may show it.
 *
 * @param line without its end
 */
export function redactPop3Command(line: Buffer): string {
  const { keyword, argument } = parsePop3Command(line);
  if (!isPop3Command(keyword)) return `${redacted} (not a POP3 command)`;
  if (argument === '') return keyword;
  switch (keyword) {
    // USER and APOP too: nothing tells a name from a password that was typed into the wrong field.
    case 'AUTH':
      return `${keyword} ${redactSaslArgument(argument)}`;
    default:
      return plainArguments.has(keyword) && /^[0-9 ]{1,20}$/.test(argument)
        ? `${keyword} ${argument}`
        : `${keyword} ${redacted}`;
  }
}

/** Commands whose arguments are message and line numbers. */
const plainArguments: ReadonlySet<string> = new Set(['DELE', 'LIST', 'RETR', 'TOP', 'UIDL']);

/**
 * The first line of a server's answer as the trace may show it. Challenges are never shown, nor is APOP's timestamp.
 * Once the server has been told a secret, its text is not shown either: servers are known to repeat what they were
 * sent.
 *
 * @param line without its end
 * @param secret whether the server may know a secret by now
 */
export function redactPop3Reply(line: Buffer, secret: boolean): string {
  const text = line.toString('latin1');
  switch (parsePop3Reply(line)) {
    case null:
      return redacted;
    case 'continue':
      return `+ ${redacted}`;
    default: {
      if (!secret) return text.replace(/<[^<>]*@[^<>]*>/g, redacted);
      const [status = '', ...rest] = text.split(' ');
      const code = codes.exec(rest.join(' '))?.[0];
      return code ? `${status} ${code} ${redacted}` : `${status} ${redacted}`;
    }
  }
}
