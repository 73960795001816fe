/** A command line (RFC 3977 §3.1): its keyword in upper case, with the word that belongs to it, and all that follows. */
export interface NntpCommandLine {
  /** `GROUP`, `MODE READER`, `AUTHINFO PASS`. */
  keyword: string;
  argument: string;
}

/** The first line of a server's answer. */
export interface NntpReply {
  /** Three digits (RFC 3977 §3.2). */
  code: number;
  text: string;
}

/** Commands whose second word says what is meant. */
const inTwoWords: ReadonlySet<string> = new Set(['AUTHINFO', 'LIST', 'MODE', 'XFEATURE']);

/** Reads a command line, without its end. Words are separated by blanks or tabs (RFC 3977 §3.1). */
export function parseNntpCommand(line: Buffer): NntpCommandLine {
  const text = line.toString('latin1');
  const [first = '', rest] = cut(text);
  if (!inTwoWords.has(first.toUpperCase()) || rest === '') return { keyword: first.toUpperCase(), argument: rest };
  const [second = '', argument] = cut(rest.replace(/^[ \t]+/, ''));
  return { keyword: `${first} ${second}`.toUpperCase(), argument };
}

/** The first word, and what stands behind one separator: a password may begin with a blank. */
function cut(text: string): [word: string, rest: string] {
  const end = text.search(/[ \t]/);
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

/** Reads the first line of an answer, without its end. @returns null when it is not one */
export function parseNntpReply(line: Buffer): NntpReply | null {
  const [, code, text = ''] = /^([1-5]\d\d)(?: (.*))?$/s.exec(line.toString('latin1')) ?? [];
  return code === undefined ? null : { code: Number(code), text };
}

/** True for the commands of NNTP and its extensions: what a news program's first line begins with. */
export function isNntpCommand(keyword: string): boolean {
  return knownCommands.has(keyword.split(' ', 1)[0] ?? '');
}

/** True for a word that may be a command of an extension that is not known here (RFC 3977 §3.1). */
export function mayBeNntpCommand(keyword: string): boolean {
  return /^[A-Z][A-Z0-9.-]{2,}(?: .*)?$/.test(keyword);
}

const knownCommands: ReadonlySet<string> = new Set([
  ...['ARTICLE', 'AUTHINFO', 'BODY', 'CAPABILITIES', 'CHECK', 'COMPRESS', 'DATE', 'GROUP', 'HDR', 'HEAD', 'HELP'],
  ...['IHAVE', 'LAST', 'LIST', 'LISTGROUP', 'MODE', 'NEWGROUPS', 'NEWNEWS', 'NEXT', 'OVER', 'POST', 'QUIT', 'SLAVE'],
  ...['STARTTLS', 'STAT', 'TAKETHIS', 'XFEATURE', 'XGTITLE', 'XHDR', 'XOVER', 'XPAT', 'XPATH', 'XREPLIC', 'XZVER'],
]);
