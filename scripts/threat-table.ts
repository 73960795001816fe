// `npm run threat-table`: the table of hostile cases in docs/security.md, from the names of the tests that show them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from '../tests/threats/cases.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const securityFile = join(root, 'docs', 'security.md');

/** The name of a test, and where it stands. */
export interface Shown {
  /** Relative to the repository. */
  file: string;
  /** What varies in it is `…`. */
  name: string;
}

/** A string or template that begins with numbers of cases; "honest" marks the twin that has to pass. */
const numbered = /(['"`])((?:honest: )?\d{1,2}(?:(?:, | and | to )\d{1,2})*: (?:(?!\1)[^\\\n]|\\.)+)\1/g;
const numbers = /^(?:honest: )?(\d{1,2}(?:(?:, | and | to )\d{1,2})*): /;

/** @returns the numbers that a name begins with: `75 to 77` is three. */
export function casesOf(name: string): number[] {
  const list = numbers.exec(name)?.[1] ?? '';
  return list.split(/, | and /).flatMap((part) => {
    const [first = 0, last = first] = part.split(' to ').map(Number);
    return first === 0 ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The names of numbered tests in a source text, each once. */
export function numberedNames(source: string): string[] {
  const names = Array.from(source.matchAll(numbered), ([, , text = '']) =>
    text.replace(/\$\{[^}]*\}+|%\w/g, '…').replace(/\\(.)/g, '$1'),
  );
  return [...new Set(names)];
}

/** Every numbered test of the repository by its case, files in alphabetical order. */
export function testsByCase(): Map<number, Shown[]> {
  const found = new Map<number, Shown[]>();
  const files = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    // The test of this script holds names that are only examples.
    .filter((path) => /\.test\.tsx?$/.test(path) && !path.endsWith('threat-table.test.ts'))
    .map((path) => join(root, 'tests', path))
    .sort();
  for (const path of files) {
    const file = relative(root, path).replaceAll('\\', '/');
    for (const name of numberedNames(readFileSync(path, 'utf8'))) {
      for (const number of casesOf(name)) found.set(number, [...(found.get(number) ?? []), { file, name }]);
    }
  }
  return found;
}

/** Names of one file that are written out for a case; the rest are counted. */
const mostNames = 1;

function cell(shown: readonly Shown[], honest: boolean): string {
  const byFile = new Map<string, string[]>();
  for (const { file, name } of shown.filter(({ name }) => name.startsWith('honest') === honest)) {
    byFile.set(file, [...(byFile.get(file) ?? []), name.replace(numbers, '').trim()]);
  }
  return [...byFile]
    .map(([file, names]) => {
      const inWords = names.filter((name) => /[a-z]{3}/i.test(name)).slice(0, mostNames);
      const written = inWords.map((name) => `“${escaped(name)}”`).join(', ');
      const more = names.length - inWords.length;
      const count = inWords.length === 0 ? `${more}` : more > 0 ? ` and ${more} more` : '';
      return `[${file.replace(/^tests\//, '').replace(/\.test\.tsx?$/, '')}](../${file}): ${written}${count}`;
    })
    .join('; ');
}

function escaped(text: string): string {
  return text.replace(/[|\\`*_[\]<>]/g, (mark) => `\\${mark}`);
}

/** The table as Markdown, one section an area. */
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
  return `\n${sections.join('\n')}`;
}

const begin = '<!-- the table begins: npm run threat-table -->\n';
const end = '<!-- the table ends -->';

/** `text` with the table of today in its place. */
export function withTable(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${securityFile} has no place for the table: "${begin.trim()}".`);
  return text.slice(0, from + begin.length) + threatTable() + text.slice(to);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(securityFile, withTable(readFileSync(securityFile, 'utf8')));
}
