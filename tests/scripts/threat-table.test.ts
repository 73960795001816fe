import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { casesOf, numberedNames, type Shown, testsByCase, threatsFile, withTable } from '../../scripts/threat-table.ts';
import { cases, withoutDirectory, withoutNews } from '../threats/cases.ts';

const numbers = cases.flatMap(({ first, what }) => what.map((_, index) => first + index));
const shown = testsByCase();
/** The cases that have such a test. */
const played = (shows: (one: Shown) => boolean) => numbers.filter((number) => shown.get(number)?.some(shows) === true);

test.each([
  ['7: a word', [7]],
  ['16, 64: silence', [16, 64]],
  ['75 to 77: a page', [75, 76, 77]],
  ['honest: 12 and 25: a list', [12, 25]],
  ['99 to 101: three digits', [99, 100, 101]],
  ['255 bytes pass (61)', []],
  ['a test', []],
])('%j shows the cases %j', (name, expected) => {
  expect(casesOf(name)).toEqual(expected);
});

test('names are found in strings and templates, each once, with what varies left out', () => {
  const source = `test("7: a", x); test('7: a', y); test.each(z)(\`16, 64: \${a.b} and %s\`, w); f("no: 7");`;
  expect(numberedNames(source)).toEqual([
    { name: '7: a', inside: false, news: false },
    { name: '16, 64: … and …', inside: false, news: false },
  ]);
});

test('a name is played for news where it says so, and in a loop over protocols of which it is one', () => {
  const source = [
    "test('7: a', x);",
    "test('7: b, nntp', x);",
    "test('71: news: c', x);",
    "test('7: no news', x);",
    'test.each(lineProtocols)(',
    "  '8: d',",
    '  x,',
    ');',
    "test('9: e', x);",
    "describe.each(Object.entries(vocabularies))('%s', () => {",
    "  test('honest: 9: f', x);",
    '});',
  ].join('\n');
  expect(numberedNames(source).map(({ name, news }) => [name.slice(-1), news])).toEqual([
    ['a', false],
    ['p', true],
    ['c', true],
    ['s', false],
    ['d', true],
    ['e', false],
    ['f', true],
  ]);
});

test('an honest half inside a hostile test is told from a test', () => {
  const source = "test('7: a', x); await honestHalf('honest: 7: b', y); await honestHalf(\n  'honest: 7: c',\n z);";
  expect(numberedNames(source)).toEqual([
    { name: '7: a', inside: false, news: false },
    { name: 'honest: 7: b', inside: true, news: false },
    { name: 'honest: 7: c', inside: true, news: false },
  ]);
});

test('the cases are numbered in order, each once, as in the table, and tests show each, refused and in its honest twin', () => {
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(numbers.slice(0, 112)).toEqual(Array.from({ length: 112 }, (_, index) => index + 1));
  const rows = [...readFileSync(threatsFile, 'utf8').matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => Number(number));
  expect(rows).toEqual(numbers);
  const last = numbers.at(-1) ?? 0;
  const named = [...shown.keys()].filter((number) => number <= last && !numbers.includes(number));
  expect(named, 'cases that tests name and nobody lists').toEqual([]);
  for (const honest of [false, true]) {
    expect(played(({ name }) => name.startsWith('honest') === honest)).toEqual(numbers);
  }
});

test('every case is played for the address book, refused and in its honest twin, or says why not', () => {
  const excused = withoutDirectory.flatMap((group) => group.cases);
  for (const honest of [false, true]) {
    const here = played(({ file, name }) => /ldap|address-book/.test(file) && name.startsWith('honest') === honest);
    expect([...here, ...excused].sort((a, b) => a - b)).toEqual(numbers);
  }
});

test('every case is played for news, refused and in its honest twin, or says why not', () => {
  const excused = withoutNews.flatMap((group) => group.cases);
  const refused = played(({ name, news }) => news && !name.startsWith('honest'));
  expect([...refused, ...excused].sort((a, b) => a - b)).toEqual(numbers);
  // One twin of theirs serves many cases, some of which are no news server's.
  const twins = played(({ name, news }) => news && name.startsWith('honest'));
  expect(refused.filter((number) => !twins.includes(number))).toEqual([]);
});

test('the table in docs/threats.md is what the tests say (else: npm run threat-table)', () => {
  const text = readFileSync(threatsFile, 'utf8');
  // The formatter aligns the columns.
  const loose = (table: string) => table.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
  expect(loose(text)).toBe(loose(withTable(text)));
});
