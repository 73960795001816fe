import { describe, expect, test } from 'vitest';
import { EndOfData } from '../../proxy/protocols/end-of-data.ts';

/** The result for a text that arrives in pieces: what is passed on, what is left for commands, and how it ends. */
function scanned(...pieces: readonly string[]) {
  const end = new EndOfData();
  let passed = '';
  for (const [index, piece] of pieces.entries()) {
    const result = end.scan(Buffer.from(piece, 'latin1'));
    if (result.kind === 'ambiguous') return { kind: 'ambiguous', passed };
    passed += result.pass.toString('latin1');
    if (result.kind === 'more') continue;
    const rest = piece.slice(result.used) + pieces.slice(index + 1).join('');
    return { kind: 'end', passed, rest, size: end.size };
  }
  return { kind: 'more', passed, size: end.size };
}

/** The same text whole, byte by byte, and cut at every position. */
function everyWay(text: string) {
  const cuts = Array.from({ length: text.length - 1 }, (_, at) => scanned(text.slice(0, at + 1), text.slice(at + 1)));
  return [scanned(text), scanned(...text), ...cuts];
}

describe('the end', () => {
  test.each([
    ['an empty text', '.\r\n', 0],
    ['a line', 'a\r\n.\r\n', 3],
    ['dots of transparency', '..\r\n..a\r\n.b\r\n.\r\n', 10],
    ['a dot in a line', 'a.\r\nb.c\r\n.\r\n', 9],
    ['bare line ends in the text', 'a\nb\rc\n\r\r\n.\r\n', 9],
    ['an empty last line', '\r\n\r\n.\r\n', 4],
    ['one CR too many in front', 'a\r\r\n.\r\n', 4],
    ['NULs in the text', 'a\0.\0b\r\n.\r\n', 7],
    ['a dot behind a bare line end, with text behind it', 'a\n.b\r\n.\r\n', 6],
    ['the same behind a bare CR', 'a\r.b\r\n.\r\n', 6],
  ])('%s', (_what, text, size) => {
    const whole = `${text}QUIT\r\n`;
    for (const way of everyWay(whole)) expect(way).toEqual({ kind: 'end', passed: text, rest: 'QUIT\r\n', size });
  });

  test('what is no end yet', () => {
    for (const way of everyWay('a\r\n.b\r\n. \r\nc')) expect(way).toMatchObject({ kind: 'more', size: 10 });
  });

  test('a CR that may end the text waits for the next byte', () => {
    expect(scanned('a\r\n.\r')).toEqual({ kind: 'more', passed: 'a\r\n.', size: 5 });
    expect(scanned('a\r\n.\r', '\n')).toMatchObject({ kind: 'end', passed: 'a\r\n.\r\n' });
  });
});

describe('109, 110: an end that servers see in different places', () => {
  const ends = ['\r\n', '\n', '\r', '\r\0\n', '\n\0', '\r\n\0', '\0\n'];
  const forms = ends.flatMap((before) => ['.', '.\0'].flatMap((dot) => ends.map((after) => [before, dot, after])));

  test.each(forms)('%j, a dot %j, %j', (before, dot, after) => {
    const text = `a${before}${dot}${after}MAIL FROM:<x@y>\r\n`;
    // The one form that all servers agree on.
    const honest = /^(?:\r\n)\.\r\n/.test(text.slice(1));
    for (const way of everyWay(text)) {
      if (honest) expect(way.kind).toBe('end');
      else {
        expect(way.kind).toBe('ambiguous');
        // No server may have seen a dot between two line ends of any kind.
        expect(way.passed).not.toMatch(/[\r\n]\0*\.\0*[\r\n]/);
      }
    }
  });
});

test('a text without line ends costs no more than its bytes', () => {
  const end = new EndOfData();
  for (let piece = 0; piece < 64; piece += 1) {
    expect(end.scan(Buffer.alloc(65_536, piece % 2 === 0 ? 0x2e : 0)).kind).toBe('more');
  }
  expect(end.size).toBe(64 * 65_536 - 1);
});
