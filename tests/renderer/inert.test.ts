import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inert } from '../../renderer/inert.ts';

describe('inert text', () => {
  test.each([
    ['an ordinary name', 'mail.example.org', 'mail.example.org'],
    ['letters of other scripts', 'почта.пример', 'почта.пример'],
    ['markup stays the text that it is', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['direction marks', 'a\u202egro.live\u202c', 'a gro.live'],
    ['isolates and marks', '\u2066a\u2069\u200fb', 'a b'],
    ['control characters and escape sequences', 'a\u001b[31mb\r\nc\u0000', 'a [31mb c'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a b c'],
    ['characters that take no room', 'pay\u200bpal\ufeff', 'pay pal'],
  ])('%s', (_, text, shown) => {
    expect(inert(text)).toBe(shown);
  });

  test('a text at the limit is whole, one beyond it is cut and says so', () => {
    expect(inert('a'.repeat(10), 10)).toBe('a'.repeat(10));
    expect(inert('a'.repeat(11), 10)).toBe(`${'a'.repeat(9)}…`);
  });

  test('characters beyond the basic plane count once and are not torn', () => {
    expect(inert('😀'.repeat(5), 5)).toBe('😀'.repeat(5));
    expect(inert('😀'.repeat(6), 5)).toBe(`${'😀'.repeat(4)}…`);
  });

  test('whatever comes, what is shown is bounded and holds nothing that misleads', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 2000 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 300 }), (text, max) => {
        const shown = inert(text, max);
        expect(Array.from(shown).length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
  });

  test('100 KB cost no more than the beginning of them', () => {
    expect(Array.from(inert('x'.repeat(100_000)))).toHaveLength(300);
    expect(inert('\u202e'.repeat(100_000))).toBe('…');
  });
});
