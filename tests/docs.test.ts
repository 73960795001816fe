import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../proxy/config/load.ts';
import { runProgram } from './support/programs.ts';
import { root } from './support/sources.ts';

// What the documents promise: their links lead somewhere, their configurations work, their commands exist.

const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

const textOf = (document: string) => readFileSync(join(root, document), 'utf8');

describe.each(documents)('%s', (document) => {
  const text = textOf(document);

  test('links to files and sections that are there', () => {
    const targets = [
      ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? ''),
      ...[...text.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, target]) => target ?? ''),
    ].filter((target) => !/^[a-z]+:/.test(target));
    const broken = targets.filter((target) => {
      const [path = '', section] = target.split('#');
      const file = path === '' ? join(root, document) : join(root, dirname(document), path);
      if (!existsSync(file)) return true;
      return section !== undefined && !headings(readFileSync(file, 'utf8')).includes(section);
    });
    expect(broken).toEqual([]);
  });
});

/** The names of a document's sections, as links to them are written. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every configuration in the documents works', async () => {
  const shown = documents.flatMap((document) =>
    [...textOf(document).matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => ({ document, json: json ?? '' })),
  );
  expect(shown.length).toBeGreaterThan(2);
  for (const { document, json } of shown) {
    await expect(parseConfiguration(json, document), document).resolves.toMatchObject({ version: 1 });
  }
});

test('every command of the documents is one that there is', async () => {
  const commands = documents.flatMap((document) =>
    [...textOf(document).matchAll(/(?:^|`|main\/cli\.js )postern ([a-z]+)|main\/cli\.js ([a-z]+)/gm)].map(
      ([, first, second]) => first ?? second ?? '',
    ),
  );
  const { stdout } = await runProgram(process.execPath, [join(root, 'dist/main/cli.js'), '--help']);
  const known = [...stdout.toString().matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name);
  expect(known).toContain('card');
  expect([...new Set(commands)].filter((command) => !known.includes(command))).toEqual([]);
});
