/** A POP3 command line (RFC 1939 §3): keyword in upper case, and everything after the first space. */
export interface Pop3Command {
  keyword: string;
  argument: string;
}

/** The first line of a server's answer; `continue` is a SASL challenge (RFC 5034 §4). */
export type Pop3Reply = 'ok' | 'error' | 'continue';

/** Which answers are also accepted as some servers misspell them. */
export type OddPop3Replies = 'none' | 'refusals' | 'all';

/** Reads a command line, without its end. */
export function parsePop3Command(line: Buffer): Pop3Command {
  const text = line.toString('latin1');
  const space = text.indexOf(' ');
  return space === -1
    ? { keyword: text.toUpperCase(), argument: '' }
    : { keyword: text.slice(0, space).toUpperCase(), argument: text.slice(space + 1) };
}

/**
 * Reads the first line of an answer. Servers must send `+OK` and `-ERR` in upper case, followed by a blank (RFC 1939
 * §3).
 *
 * @param line without its end
 * @param odd which answers may be in lower case, be followed by another character, or be `+ERR` for `-ERR` (hMailServer)
 * @returns null when it is not one
 */
export function parsePop3Reply(line: Buffer, odd: OddPop3Replies = 'none'): Pop3Reply | null {
  const text = line.toString('latin1');
  if (odd === 'all' && /^\+OK(?![A-Z0-9\t])/i.test(text)) return 'ok';
  if (odd !== 'none' && /^[-+]ERR(?![A-Z0-9\t])/i.test(text)) return 'error';
  if (/^\+OK(?: |$)/.test(text)) return 'ok';
  if (/^-ERR(?: |$)/.test(text)) return 'error';
  return /^\+(?: |$)/.test(text) ? 'continue' : null;
}

/** True when `+OK` to this command is followed by lines up to a lone dot (RFC 1939, RFC 2449 §5, RFC 6856 §3). */
export function answersWithLines({ keyword, argument }: Pop3Command): boolean {
  switch (keyword) {
    case 'CAPA':
    case 'RETR':
    case 'TOP':
      return true;
    case 'AUTH':
    case 'LANG':
    case 'LIST':
    case 'UIDL':
      return argument.trim() === '';
    default:
      return false;
  }
}

/** True for the commands of POP3 and its extensions: what a mail program's first line begins with. */
export function isPop3Command(keyword: string): boolean {
  return knownCommands.has(keyword);
}

/** True for a word that may be a command of an extension that is not known here (RFC 2449 §3). */
export function mayBePop3Command(keyword: string): boolean {
  return /^[A-Z][A-Z0-9_-]{2,15}$/i.test(keyword);
}

const knownCommands: ReadonlySet<string> = new Set([
  'APOP',
  'AUTH',
  'CAPA',
  'DELE',
  'LANG',
  'LAST',
  'LIST',
  'NOOP',
  'PASS',
  'QUIT',
  'RETR',
  'RSET',
  'STAT',
  'STLS',
  'TOP',
  'UIDL',
  'USER',
  'UTF8',
  'XTND',
]);
