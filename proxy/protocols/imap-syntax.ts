/** The beginning of an IMAP command (RFC 3501 §9). */
export interface ImapCommandLine {
  tag: string;
  /** In upper case. */
  name: string;
  /** What follows the name and its space; a secret for all we know. */
  argument: string;
}

/** A literal that a line announces at its end (RFC 3501 §4.3, RFC 7888). */
export interface LiteralMark {
  /** Bytes that follow the line's end. */
  size: number;
  /** True when the sender waits for a go-ahead before sending them. */
  synchronising: boolean;
  /** True for `~{…}`, which may contain NUL (RFC 3516). */
  binary: boolean;
}

export type ImapStatus = 'OK' | 'NO' | 'BAD' | 'PREAUTH' | 'BYE';

/** What a server's line is. */
export type ImapResponseLine =
  | { kind: 'continuation' }
  | {
      kind: 'status';
      /** `*` when untagged. */
      tag: string;
      status: ImapStatus;
      /** The response code's name in upper case (RFC 3501 §7.1), or null. */
      code: string | null;
    }
  | { kind: 'data'; name: string };

/** No mail program uses longer tags than this. */
const maxTagLength = 128;
/** tag = 1*<any ASTRING-CHAR except "+"> (RFC 3501 §9). */
const tagCharacters = "[!#$&',\\-./0-9:;<=>?@A-Z[\\]^_`a-z|}~]";

/**
 * Reads the beginning of a command: tag and name.
 *
 * @param line without its end
 * @returns null when there is no such beginning
 */
export function parseImapCommand(line: Buffer): ImapCommandLine | null {
  // Names are atoms, which in practice use these characters.
  const match = new RegExp(`^(${tagCharacters}+) ([A-Za-z][A-Za-z0-9._-]*)(?: (.*))?$`, 's').exec(
    line.toString('latin1'),
  );
  if (!match) return null;
  const [, tag = '', name = '', argument = ''] = match;
  return tag.length > maxTagLength ? null : { tag, name: name.toUpperCase(), argument };
}

/**
 * The tag of a line that is not a command for some other reason, be it blanks in front of it or a tab behind it: it still
 * gets its answer.
 *
 * @param line without its end; may be a part of it
 * @returns null when its first word is not a tag
 */
export function parseImapTag(line: Buffer): string | null {
  const word = /[^ \t]*/.exec(line.toString('latin1', 0, maxTagLength + 1).trimStart())?.[0] ?? '';
  return new RegExp(`^${tagCharacters}{1,${maxTagLength}}$`).test(word) ? word : null;
}

/** The literal that a line announces, or null. An uncountable size comes out as a large number. */
export function parseLiteralMark(line: Buffer): LiteralMark | null {
  const match = /(~?)\{(\d+)([+-]?)\}$/.exec(line.toString('latin1'));
  if (!match) return null;
  return { size: Number(match[2]), synchronising: match[3] === '', binary: match[1] === '~' };
}

/**
 * Reads what kind of line a server sent (RFC 3501 §7).
 *
 * @param line without its end
 * @returns null when it is not one that IMAP knows
 */
export function parseImapResponse(line: Buffer): ImapResponseLine | null {
  const text = line.toString('latin1');
  if (/^\+(?: |$)/.test(text)) return { kind: 'continuation' };
  const status = /^(\*|[^\s(){%*"\\+]+) (OK|NO|BAD|PREAUTH|BYE)(?: (.*))?$/is.exec(text);
  if (status) {
    const [, tag = '', word = '', rest = ''] = status;
    const known = word.toUpperCase() as ImapStatus;
    // Only a greeting is PREAUTH and only an untagged response is BYE (RFC 3501 §7.1.4, §7.1.5).
    if (tag !== '*' && (known === 'PREAUTH' || known === 'BYE')) return null;
    return { kind: 'status', tag, status: known, code: codeOf(rest) };
  }
  const data = /^\* (?:\d+ )?([^\s(){%*"\\[\]]+)/.exec(text);
  return data?.[1] ? { kind: 'data', name: data[1].toUpperCase() } : null;
}

/** The response code that a status begins with, in upper case. */
function codeOf(text: string): string | null {
  return /^\s*\[\s*([^\s\]]+)/.exec(text)?.[1]?.toUpperCase() ?? null;
}

/**
 * Rewrites a line whose first words are more than one blank apart, as DavMail and some others send them, in the form
 * that the grammar requires: the filter and the mail program see one blank.
 *
 * @param line without its end
 */
export function withSingleBlanks(line: Buffer): Buffer {
  const [start = '', first = '', number = ''] = /^(\S+) +(?:(\d+) +)?/.exec(line.toString('latin1')) ?? [];
  if (first === '') return line;
  const words = number === '' ? `${first} ` : `${first} ${number} `;
  return words.length === start.length
    ? line
    : Buffer.concat([Buffer.from(words, 'latin1'), line.subarray(start.length)]);
}

/**
 * Reads a goodbye that carries a tag, which some servers send although it has none (RFC 3501 §7.1.5); otherwise null.
 */
export function parseTaggedBye(line: Buffer): Extract<ImapResponseLine, { kind: 'status' }> | null {
  const [, tag, rest = ''] = /^([^\s(){%*"\\+]+) BYE(?: (.*))?$/is.exec(line.toString('latin1')) ?? [];
  return tag === undefined ? null : { kind: 'status', tag, status: 'BYE', code: codeOf(rest) };
}

/** True for the commands of IMAP and its extensions: what a mail program's first line contains. */
export function isImapCommand(name: string): boolean {
  return knownCommands.has(name);
}

const knownCommands: ReadonlySet<string> = new Set(
  [
    'CAPABILITY NOOP LOGOUT STARTTLS AUTHENTICATE LOGIN ID ENABLE COMPRESS LANGUAGE COMPARATOR NAMESPACE',
    'SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST LSUB XLIST STATUS APPEND IDLE NOTIFY',
    'CHECK CLOSE UNSELECT EXPUNGE SEARCH ESEARCH SORT THREAD FETCH STORE COPY MOVE REPLACE UID',
    'GETQUOTA GETQUOTAROOT SETQUOTA GETACL SETACL DELETEACL LISTRIGHTS MYRIGHTS GETMETADATA SETMETADATA',
    'GETANNOTATION SETANNOTATION GENURLAUTH RESETKEY URLFETCH CONVERT CONVERSIONS UNAUTHENTICATE PROXYAUTH',
  ]
    .join(' ')
    .split(' '),
);
