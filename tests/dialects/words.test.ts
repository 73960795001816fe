import fc from 'fast-check';
import { expect, test } from 'vitest';
import { protocolText, refusalWords } from '../../proxy/dialects/words.ts';
import { Refused } from '../../proxy/net/refused.ts';

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

test('a command in a refusal is whole, with what it needs; or it has a placeholder, and never a part', () => {
  const facts = { problems: ['self-signed'], id: 'aabbccdd00112233' } as const;
  const at = { server: 'mail.example.org', port: 993 };
  const refused = new Refused('certificate-undecided', { code: 'self-signed', facts }, at);
  const said = (options?: string) => protocolText(refusalWords(refused, options));
  const command = (options: string) => `"postern certificates approve ${facts.id}${options}"`;
  expect(said()).toContain(command(''));
  for (const folder of ['/srv/mail', `'/srv/a b'\\''s'`, '"C:\\Mail data"']) {
    expect(said(` --data-dir ${folder}`)).toContain(command(` --data-dir ${folder}`));
  }
  for (const folder of ["'/home/jörg/mail'", `/srv/${'long/'.repeat(80)}`]) {
    expect(said(` --data-dir ${folder}`)).toContain(command(' --data-dir FOLDER'));
  }
});
