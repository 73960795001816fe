import { expect, test } from 'vitest';
import { rfcSections } from './support/rfc-sections.ts';
import { repositoryFiles, textOf } from './support/sources.ts';

/** Every `RFC 3207 §4.2` in a text, also where several sections follow: `RFC 8314 §3.2, §3.3`. */
function citationsOf(text: string): string[] {
  return [...text.matchAll(/\bRFC (\d+)((?:,? §[0-9A-Z]+(?:\.[0-9A-Z]+)*)+)/g)].flatMap(([, rfc, list = '']) =>
    [...list.matchAll(/§([0-9A-Z]+(?:\.[0-9A-Z]+)*)/g)].map(([, section]) => `RFC ${rfc} §${section}`),
  );
}

const known = Object.entries(rfcSections).flatMap(([rfc, list]) =>
  list.split(' ').map((section) => `RFC ${rfc} §${section}`),
);

test('a citation is found in each of its forms', () => {
  expect(citationsOf('x (RFC 3207 §4.2), RFC 8314 §3.2, §3.3; RFC 5280 §4.2.1.10. RFC 1939.')).toEqual([
    'RFC 3207 §4.2',
    'RFC 8314 §3.2',
    'RFC 8314 §3.3',
    'RFC 5280 §4.2.1.10',
  ]);
});

test('every section that is cited exists, and every one of the table is cited', () => {
  const texts = repositoryFiles().filter(
    (file) => /\.(?:tsx?|mjs|md)$/.test(file) && !file.startsWith('tests/rfc-citations'),
  );
  const cited = new Map(
    texts.flatMap((file) => citationsOf(textOf(file)).map((citation) => [citation, file] as const)),
  );
  expect([...cited].filter(([citation]) => !known.includes(citation))).toEqual([]);
  expect(known.filter((citation) => !cited.has(citation))).toEqual([]);
});
