import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../../support/clean-up.ts';
import { needProgram } from '../../support/needs.ts';
import { runProgram } from '../../support/programs.ts';
import { root } from '../../support/sources.ts';

// "postern accounts", as a person types it in a terminal: the built command.

const relay = { protocol: 'imap', listen: '127.0.0.1:0', server: 'imap.example.org', port: 993, tls: 'implicit' };

test.each([
  ['n', [], 1, 'Given up. Nothing was removed.', ['Work', 'Home']],
  ['', [], 1, 'Given up. Nothing was removed.', ['Work', 'Home']],
  ['y', [], 0, '"Work" was removed', ['Home']],
  ['', ['--yes'], 0, '"Work" was removed', ['Home']],
] as const)('remove asks in a terminal: %j %j', async (answer, more, code, words, left) => {
  const directory = scratchDirectory('accounts');
  const file = join(directory, 'config.json');
  const accounts = ['Work', 'Home'].map((name) => ({ name, relays: [{ ...relay, name: `${name}-imap` }] }));
  writeFileSync(file, JSON.stringify({ version: 1, accounts }), { mode: 0o600 });
  const line = [process.execPath, join(root, 'dist', 'main', 'cli.js'), 'accounts', 'remove', 'Work', ...more];
  line.push('--data-dir', directory);
  const ran = await runProgram(
    needProgram('script'),
    ['-qec', line.map((word) => `'${word}'`).join(' '), '/dev/null'],
    {
      input: `${answer}\n`,
    },
  );
  expect([ran.code, ran.stdout.toString()]).toEqual([code, expect.stringContaining(words)]);
  expect(ran.stdout.toString().includes('decided and stored for it? [y/N] ')).toBe(more.length === 0);
  const kept = JSON.parse(readFileSync(file, 'utf8')).accounts as { name: string }[];
  expect(kept.map(({ name }) => name)).toEqual(left);
});
