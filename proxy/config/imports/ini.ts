import { ConfigurationError, type ConfigurationIssue, quoted } from '../configuration-error.ts';

/** A `[section]` with its options, in the order of the file. The part before the first section has the name ''. */
export interface IniSection {
  name: string;
  options: { key: string; value: string; line: number }[];
}

/** Where the dialects of this format differ. */
export interface IniDialect {
  /** Between key and value. */
  separators: RegExp;
  /** Whether an indented line continues the value above it. */
  continued: boolean;
}

/**
 * Reads the `[section]` and `key = value` format that many programs share. Keys are lower-cased.
 *
 * @throws {ConfigurationError} naming each line that is neither
 */
export function parseIni(text: string, file: string, dialect: IniDialect): IniSection[] {
  const issues: ConfigurationIssue[] = [];
  let section: IniSection = { name: '', options: [] };
  const sections = [section];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const last = section.options.at(-1);
    if (dialect.continued && last && /^\s/.test(raw)) {
      last.value += `\n${line}`;
      continue;
    }
    const header = /^\[(.+)\]$/.exec(line);
    const split = line.search(dialect.separators);
    if (header?.[1] !== undefined) {
      section = { name: header[1].trim(), options: [] };
      sections.push(section);
    } else if (split > 0) {
      const key = line.slice(0, split).trim().toLowerCase();
      section.options.push({ key, value: line.slice(split + 1).trim(), line: index + 1 });
    } else {
      // The line itself may contain part of a secret; its number is enough.
      issues.push({ path: `line ${index + 1}`, message: 'expected "[section]" or "option = value", found neither' });
    }
  }
  if (issues.length > 0) throw new ConfigurationError(file, issues.slice(0, 20));
  return sections;
}

/** Reads a port. @throws {ConfigurationError} */
export function portOf(text: string, file: string, place: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port < 65_536) return port;
  throw new ConfigurationError(file, [
    { path: place, message: `expected a port from 1 to 65535, found ${quoted(text)}` },
  ]);
}
