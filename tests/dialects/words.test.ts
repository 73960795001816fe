import fc from 'fast-check';
import { expect, test } from 'vitest';
import { protocolText } from '../../proxy/dialects/words.ts';

test('whatever the message is, the text is one bounded line of printable ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (message) => {
      expect(protocolText(message)).toMatch(/^[\x20-\x7e]{0,400}$/);
    }),
  );
});

test('a plain sentence stays as it is', () => {
  expect(protocolText('The server is away. Try again.')).toBe('The server is away. Try again.');
});
