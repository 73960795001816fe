import { parseLiteralMark } from '../../protocols/imap-syntax.ts';
import type { CommandPiece } from './literals.ts';

/**
 * The arguments of a LOGIN command, each an atom, a quoted string or a literal (`astring`, RFC 3501 §9).
 *
 * @param pieces the whole command, its tag and name in front
 * @returns null for anything else
 */
export function loginArguments(pieces: readonly CommandPiece[]): Buffer[] | null {
  const found: Buffer[] = [];
  for (const [index, { line, literal }] of pieces.entries()) {
    let text = line.toString('latin1');
    if (index === 0) text = text.replace(/^\s*\S+\s+\S+/, '');
    const mark = literal && parseLiteralMark(line) ? /\s?~?\{\d+\+?\}$/ : null;
    if (mark) text = text.replace(mark, '');
    const strings = stringsIn(text);
    if (!strings) return null;
    found.push(...strings);
    if (literal) found.push(literal.bytes);
  }
  return found;
}

/** Atoms are read as programs send them: any characters but blanks, and no quotation mark in front. */
function stringsIn(text: string): Buffer[] | null {
  const found: Buffer[] = [];
  let left = text;
  while (left.trim() !== '') {
    const quoted = /^\s+"((?:[^"\\]|\\["\\])*)"(?=\s|$)/.exec(left);
    const atom = /^\s+([^\s"]\S*)/.exec(left);
    const match = quoted ?? atom;
    if (!match) return null;
    const [whole, value = ''] = match;
    found.push(Buffer.from(quoted ? value.replace(/\\(["\\])/g, '$1') : value, 'latin1'));
    left = left.slice(whole.length);
  }
  return found;
}
