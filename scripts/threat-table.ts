// `npm run threat-table`: the table of hostile cases in docs/threats.md, from the names of the tests that show them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases, type Excused, withoutDirectory, withoutNews } from '../tests/threats/cases.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const threatsFile = join(root, 'docs', 'threats.md');

/** The name of a test, or of an honest half inside one. */
export interface NumberedName {
  /** Its variable parts are `…`. */
  name: string;
  /** Whether it is the honest half of a hostile test (`honestHalf`). */
  inside: boolean;
  /** Whether it is played for news: its name says so, or its statement loops over protocols of which news is one. */
  news: boolean;
}

/** The same, and where it is. */
export interface Shown extends NumberedName {
  /** Relative to the repository. */
  file: string;
}

/** A string or template that begins with case numbers; "honest" marks the twin that has to pass. */
const numbered =
  /(honestHalf\(\s*)?(['"`])((?:honest: )?\d{1,3}(?:(?:, | and | to )\d{1,3})*: (?:(?!\2)[^\\\n]|\\.)+)\2/g;
const numbers = /^(?:honest: )?(\d{1,3}(?:(?:, | and | to )\d{1,3})*): /;

/** @returns the numbers that a name begins with: `75 to 77` gives three. */
export function casesOf(name: string): number[] {
  const list = numbers.exec(name)?.[1] ?? '';
  return list.split(/, | and /).flatMap((part) => {
    const [first = 0, last = first] = part.split(' to ').map(Number);
    return first === 0 ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The numbered names in a source text, each once. */
export function numberedNames(source: string): NumberedName[] {
  const found = new Map<string, NumberedName>();
  // The formatter indents everything but the beginning and the end of a statement.
  for (const statement of source.split(/\n(?=[a-z])/)) {
    for (const [, half, , text = ''] of statement.matchAll(numbered)) {
      const name = text.replace(/\$\{[^}]*\}+|%\w/g, '…').replace(/\\(.)/g, '$1');
      const news = /\bnntp\b|\bnews:/.test(name) || /\b(?:lineProtocols|mailAndNews|vocabularies)\b/.test(statement);
      found.set(name, { name, inside: half !== undefined, news: news || found.get(name)?.news === true });
    }
  }
  return [...found.values()];
}

/** Every numbered test of the repository by its case, files in alphabetical order. */
export function testsByCase(): Map<number, Shown[]> {
  const found = new Map<number, Shown[]>();
  const files = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    // This script's own test contains names that are only examples.
    .filter((path) => /\.test\.tsx?$/.test(path) && !path.endsWith('threat-table.test.ts'))
    .map((path) => join(root, 'tests', path))
    .sort();
  for (const path of files) {
    const file = relative(root, path).replaceAll('\\', '/');
    for (const one of numberedNames(readFileSync(path, 'utf8'))) {
      for (const number of casesOf(one.name)) found.set(number, [...(found.get(number) ?? []), { file, ...one }]);
    }
  }
  return found;
}

/** Names of one file that are written out for a case; the rest are counted. */
const maxNames = 1;

function cell(shown: readonly Shown[], honest: boolean): string {
  const byFile = new Map<string, Pick<NumberedName, 'name' | 'inside'>[]>();
  for (const { file, name, inside } of shown.filter(({ name }) => name.startsWith('honest') === honest)) {
    byFile.set(file, [...(byFile.get(file) ?? []), { name: name.replace(numbers, '').trim(), inside }]);
  }
  return [...byFile]
    .map(([file, names]) => {
      const inWords = names.filter(({ name }) => /[a-z]{3}/i.test(name)).slice(0, maxNames);
      const written = inWords.map(({ name, inside }) => `“${escaped(name)}”${inside ? ' (same test)' : ''}`).join(', ');
      const more = names.length - inWords.length;
      const count = inWords.length === 0 ? `${more}` : more > 0 ? ` and ${more} more` : '';
      return `[${file.replace(/^tests\//, '').replace(/\.test\.tsx?$/, '')}](../${file}): ${written}${count}`;
    })
    .join('; ');
}

function escaped(text: string): string {
  return text.replace(/[|\\`*_[\]<>]/g, (mark) => `\\${mark}`);
}

/** The table as Markdown, one section per area. */
export function threatTable(): string {
  const shown = testsByCase();
  const sections = cases.map(({ area, first, what }) => {
    const rows = what.map((text, index) => {
      const number = first + index;
      const tests = shown.get(number) ?? [];
      return `| ${number} | ${escaped(text)} | ${cell(tests, false)} | ${cell(tests, true)} |`;
    });
    return [
      `### ${area}`,
      '',
      '| # | what happens | shown by | honest twin |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return `\n${[
    ...sections,
    excuses(
      'Cases without news',
      'News is played beside mail, in the same tests, in every case but these:',
      withoutNews,
    ),
    excuses(
      'Cases without the address book',
      'The address book has tests of its own for every case but these:',
      withoutDirectory,
    ),
  ].join('\n')}\n`;
}

function excuses(title: string, lead: string, groups: Excused): string {
  const rows = groups.map(({ cases: numbers, why }) => `- ${spans(numbers)}: ${escaped(why)}.`);
  return `### ${title}\n\n${lead}\n\n${rows.join('\n')}\n`;
}

/** Numbers in order, those in a row as a span: `3, 4, 6 to 9`. */
function spans(numbers: readonly number[]): string {
  const rows: [first: number, last: number][] = [];
  for (const number of numbers) {
    const row = rows.at(-1);
    if (row && row[1] === number - 1) row[1] = number;
    else rows.push([number, number]);
  }
  return rows
    .map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : ' to'} ${last}`))
    .join(', ');
}

const begin = '<!-- the table begins: npm run threat-table -->\n';
const end = '<!-- the table ends -->';

/** `text` with its table replaced by the current one. */
export function withTable(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${threatsFile} has no place for the table: "${begin.trim()}".`);
  return text.slice(0, from + begin.length) + threatTable() + text.slice(to);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(threatsFile, withTable(readFileSync(threatsFile, 'utf8')));
}
