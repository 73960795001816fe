import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildCommand, buildDesktop } from '../../scripts/build.ts';
import { scratchDirectory } from '../support/clean-up.ts';

// All fifty are half a megabyte, which every start would compile: "import { z }" brings them into the bundle.
test.each([
  ['the command', buildCommand],
  ['the tray app', buildDesktop],
])('%s holds zod’s words in one language alone', async (_, build) => {
  const directory = scratchDirectory('build');
  await build(directory);
  const languages = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.c?js$/.test(file))
    .flatMap((file) => [...readFileSync(join(directory, file), 'utf8').matchAll(/zod\/v4\/locales\/(.+)\.js$/gm)])
    .map(([, language]) => language);
  expect([...new Set(languages)]).toEqual(['en']);
});
