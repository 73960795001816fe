import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../proxy/config/load.ts';
import { runProgram } from './support/programs.ts';
import { repositoryFiles, root } from './support/sources.ts';

// What the documents promise: their links work, their configurations are valid, their commands exist.

const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

const textOf = (document: string) => readFileSync(join(root, document), 'utf8');

describe.each(documents)('%s', (document) => {
  const text = textOf(document);

  test('has no line with a lone asterisk before its first word', () => {
    expect(text.split('\n').filter((line) => /^\*[^* ]/.test(line) && !/^\*[^*]+\*/.test(line))).toEqual([]);
  });

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

test('every source file that the documents name is there, by its path or the end of it', () => {
  const files = repositoryFiles();
  const named = documents.flatMap((document) =>
    [...textOf(document).matchAll(/`([\w./-]+\.(?:[cm]?[jt]s|tsx))`/g)].map(([, name]) => ({ document, name })),
  );
  expect(named.length).toBeGreaterThan(50);
  const isThere = (name = '') => files.some((file) => file === name || file.endsWith(`/${name}`));
  expect(named.filter(({ name }) => !isThere(name))).toEqual([]);
});

test('every configuration in the documents works', async () => {
  const shown = documents.flatMap((document) =>
    [...textOf(document).matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => ({ document, json: json ?? '' })),
  );
  expect(shown.length).toBeGreaterThan(2);
  for (const { document, json } of shown) {
    await expect(parseConfiguration(json, document), document).resolves.toMatchObject({ version: 1 });
  }
});

test('every command that the documents show exists, with its options', async () => {
  const lines = documents.flatMap((document) =>
    [...textOf(document).matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => (block ?? '').split('\n')),
  );
  const shown = lines.flatMap((line) => {
    const [, command, rest] = /(?:^\s*postern|main\/cli\.js) ([a-z]+)([^#\n]*)/.exec(line) ?? [];
    return command === undefined ? [] : [{ command, options: rest?.match(/--[a-z-]+/g) ?? [] }];
  });
  expect(new Set(shown.map(({ command }) => command)).size).toBeGreaterThan(5);
  const help = new Map<string, string>();
  for (const { command, options } of shown) {
    if (!help.has(command)) {
      const ran = await runProgram(process.execPath, [join(root, 'dist/main/cli.js'), command, '--help']);
      expect({ command, code: ran.code }).toEqual({ command, code: 0 });
      help.set(command, ran.stdout.toString());
    }
    const unknown = options.filter((option) => option !== '--data-dir' && !help.get(command)?.includes(option));
    expect({ command, unknown }).toEqual({ command, unknown: [] });
  }
});
