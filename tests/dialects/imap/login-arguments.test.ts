import { expect, test } from 'vitest';
import type { CommandPiece } from '../../../proxy/dialects/imap/literals.ts';
import { loginArguments } from '../../../proxy/dialects/imap/login-arguments.ts';

function piece(line: string, literal?: string): CommandPiece {
  const bytes = literal === undefined ? null : { bytes: Buffer.from(literal, 'latin1'), synchronising: true };
  return { line: Buffer.from(line, 'latin1'), literal: bytes };
}

test.each<[string, CommandPiece[], string[] | null]>([
  ['atoms', [piece('a1 LOGIN user pass')], ['user', 'pass']],
  ['atoms with odd signs, as programs send them', [piece('a1 LOGIN u@x pa{ss}(%')], ['u@x', 'pa{ss}(%']],
  ['quoted strings', [piece('a1 login "a user" "pa\\"ss\\\\"')], ['a user', 'pa"ss\\']],
  ['an empty one', [piece('a1 LOGIN "" ""')], ['', '']],
  ['literals', [piece('a1 LOGIN {4}', 'us r'), piece(' {3+}', 'p"s'), piece('')], ['us r', 'p"s']],
  ['a literal behind an atom', [piece('a1 LOGIN user {4}', '{5}x'), piece('')], ['user', '{5}x']],
  ['one alone', [piece('a1 LOGIN user')], ['user']],
  ['three', [piece('a1 LOGIN a b c')], ['a', 'b', 'c']],
  ['a string without end', [piece('a1 LOGIN user "pass')], null],
  ['something behind a string', [piece('a1 LOGIN "user"x pass')], null],
])('%s', (_, pieces, expected) => {
  expect(loginArguments(pieces)?.map((bytes) => bytes.toString('latin1')) ?? null).toEqual(expected);
});
