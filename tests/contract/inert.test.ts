import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escaped, inert } from '../../proxy/contract/index.ts';

/** What each text becomes for a person, and for someone who looks for a cause. */
const texts: [what: string, text: string, shown: string, written: string][] = [
  ['an ordinary name', 'mail.example.org', 'mail.example.org', 'mail.example.org'],
  ['letters of other scripts', 'почта 邮件 البريد é', 'почта 邮件 البريد é', 'почта 邮件 البريد é'],
  ['markup, which is for others to escape', '<b>&amp;', '<b>&amp;', '<b>&amp;'],
  ['a colour', '\x1b[31mred', '\ufffd[31mred', '\\u001b[31mred'],
  ['a bell and line ends', 'a\x07\r\nb', 'a\ufffdb', 'a\\u0007\\u000d\\u000ab'],
  ['C1 controls', 'a\u009bb', 'a\ufffdb', 'a\\u009bb'],
  ['a change of direction', 'a\u202egro.live', 'a\ufffdgro.live', 'a\\u202egro.live'],
  ['isolates and marks', '\u2066a\u2069\u200fb', '\ufffda\ufffdb', '\\u2066a\\u2069\\u200fb'],
  ['an Arabic letter mark', 'a\u061cb', 'a\ufffdb', 'a\\u061cb'],
  ['characters that take no room', 'pay\u200bpal\ufeff', 'pay\ufffdpal\ufffd', 'pay\\u200bpal\\ufeff'],
  ['a soft hyphen', 'pay\u00adpal', 'pay\ufffdpal', 'pay\\u00adpal'],
  ['tag characters, which say something unseen', 'a\u{e0041}\u{e007f}', 'a\ufffd', 'a\\u{e0041}\\u{e007f}'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc', 'a\\u2028b\\u2029c'],
  ['half a character', 'a\ud800b', 'a\ufffdb', 'a\\ud800b'],
  ['a character with a private meaning', 'a\ue000b', 'a\ufffdb', 'a\\ue000b'],
  ['a character without a meaning yet', 'a\uffffb', 'a\ufffdb', 'a\\uffffb'],
];

describe('inert text', () => {
  test.each(texts)('%s', (_, text, shown) => expect(inert(text)).toBe(shown));

  test('a text at the limit is whole, one beyond it is cut and says so', () => {
    expect(inert('a'.repeat(10), 10)).toBe('a'.repeat(10));
    expect(inert('a'.repeat(11), 10)).toBe(`${'a'.repeat(9)}…`);
    expect(inert('a'.repeat(300))).toBe('a'.repeat(300));
    expect(inert('a'.repeat(301))).toBe(`${'a'.repeat(299)}…`);
  });

  test('characters beyond the basic plane count once and are not torn', () => {
    expect(inert('😀'.repeat(5), 5)).toBe('😀'.repeat(5));
    expect(inert('😀'.repeat(6), 5)).toBe(`${'😀'.repeat(4)}…`);
  });

  test('piled-up accents are no tower', () => {
    expect(inert(`a${'\u0301'.repeat(500)}`)).toBe('a\ufffd');
    expect(inert('a\u0301')).toBe('a\u0301');
  });

  test('whatever comes, what is shown is bounded and holds nothing that misleads', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 2000 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 300 }), (text, max) => {
        const shown = inert(text, max);
        expect(Array.from(shown).length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      }),
    );
  });

  test('100 KB cost no more than the beginning of them', () => {
    expect(Array.from(inert('x'.repeat(100_000)))).toHaveLength(300);
    expect(inert('\u202e'.repeat(100_000))).toBe('\ufffd…');
  });
});

describe('escaped text', () => {
  test.each(texts)('%s', (_, text, __, written) => expect(escaped(text)).toBe(written));

  test('whatever comes, it holds nothing that misleads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escaped(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
