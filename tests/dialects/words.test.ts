import fc from 'fast-check';
import { expect, test } from 'vitest';
import { protocolText } from '../../proxy/dialects/words.ts';

test('whatever the message is, the text is one bounded line of printable ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (message) => {
      expect(protocolText(message)).toMatch(/^[\x20-\x7e]{0,440}$/);
    }),
  );
});

test('what is too long loses its last sentences, and no sentence its end', () => {
  const sentence = `This is one of the sentences that make the text too long${' by far'.repeat(20)}.`;
  expect(protocolText(Array(5).fill(sentence).join(' '))).toBe(`${sentence} ${sentence}`);
  expect(protocolText('x'.repeat(500))).toMatch(/^x{437}\.{3}$/);
});

test('typographic signs and letters with marks have their likeness', () => {
  expect(protocolText('“The server’s” café – Straße…')).toBe('"The server\'s" cafe - Stra e...');
});

test('a plain sentence stays as it is', () => {
  expect(protocolText('The server is away. Try again.')).toBe('The server is away. Try again.');
});
