import { escaped } from '../contract/index.ts';

/** One thing that is wrong with a configuration. */
export interface ConfigurationIssue {
  /** Where: `accounts[0].relays[1].tls`, or empty for the file as a whole. */
  path: string;
  /** What was expected and what was found, in words; for bad JSON with line and column. */
  message: string;
  /** Counted from 1, with `column`; missing where the message says it, or the file is not at hand. */
  line?: number;
  column?: number;
}

/** A configuration that cannot be used. Carries every issue that was found, in the order of the file's keys. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** The file, or a word for where the configuration came from. */
  readonly file: string;
  readonly issues: ConfigurationIssue[];

  constructor(file: string, issues: ConfigurationIssue[]) {
    super(`${file}: ${issues.map(issueText).join('\n')}`);
    this.file = file;
    this.issues = issues;
  }
}

/** One line for one issue: `line 9, column 11: accounts[0].relays[1].tls: expected "implicit" or "starttls", found "none"`. */
export function issueText({ path, message, line, column }: ConfigurationIssue): string {
  const place = line === undefined ? '' : `line ${line}, column ${column}: `;
  return `${place}${path === '' ? '' : `${path}: `}${message}`;
}

/** `['accounts', 0, 'tls']` as `accounts[0].tls`; keys that are not plain words as `["a b"]`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]{0,60}$/.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${quoted(String(step))}]`;
  }
  return text;
}

/**
 * A text of the file, quoted and made fit to print: control and bidirectional characters escaped, the middle of a long
 * text left out, a password in a URL-like text replaced.
 */
export function quoted(text: string): string {
  const withoutPassword = text.replace(/(^|\/)([^\s/:@]*):[^\s/@]*@/gu, '$1$2:…@');
  const short =
    withoutPassword.length > 60 ? `${withoutPassword.slice(0, 40)}…${withoutPassword.slice(-15)}` : withoutPassword;
  return escaped(JSON.stringify(short));
}
