import { expect, test } from 'vitest';
import type { CommandRow, Fault } from '../../proxy/dialects/grammar.ts';
import { type OneLineSyntax, readOneLineCommand } from '../../proxy/dialects/one-line-command.ts';
import { redacted } from '../../proxy/protocols/sasl-redaction.ts';

/** A protocol with the commands SAY and KEY; words of five letters may be others. */
const syntax: OneLineSyntax<CommandRow> = {
  parse: (line) => {
    const [keyword = '', ...rest] = line.toString('latin1').split(' ');
    return { keyword: keyword.toUpperCase(), argument: rest.join(' ') };
  },
  rowOf: (keyword) => ({ means: keyword === 'KEY' ? 'sign-in' : 'ask', maxLength: 30 }),
  isKnown: (keyword) => ['SAY', 'KEY', 'GET'].includes(keyword),
  mayBe: (keyword) => ['SAY', 'KEY', 'GET'].includes(keyword) || keyword.length === 5,
  redact: (line) => line.toString('latin1').replace(/^(key) .*/i, '$1 …'),
  isSecret: (line) => /^key /i.test(line.toString('latin1')),
  sasl: 'KEY',
};
const read = (line: string, fault: Fault | null = null) => readOneLineCommand(Buffer.from(line), fault, syntax);

test('a command has its row, its words, and nothing secret to be shown', () => {
  expect(read('say hello there')).toMatchObject({
    ...{ means: 'ask', keyword: 'SAY', argument: 'hello there', known: true, fault: null },
    ...{ shown: 'say hello there', secret: false, token: false },
  });
  expect(read('key PLAIN abc')).toMatchObject({ means: 'sign-in', shown: 'key …', secret: true, token: false });
  expect(read('key XOAUTH2 abc').token).toBe(true);
  expect(read('say XOAUTH2 abc').token).toBe(false);
});

test('what is wrong with it: its length with its end, what was found as it was read, and its keyword', () => {
  expect(read(`say ${'x'.repeat(24)}`).fault).toBeNull();
  expect(read(`say ${'x'.repeat(25)}`)).toMatchObject({ fault: 'too-long', known: false, shown: redacted });
  expect(read('say x', 'malformed')).toMatchObject({ fault: 'malformed', known: true, shown: redacted });
  expect(read('other x')).toMatchObject({ fault: null, known: false });
  expect(read('?')).toMatchObject({ fault: 'unknown', known: false });
});

test('a web page’s request is no command, though its first word is one', () => {
  expect(read('GET / HTTP/1.1').known).toBe(false);
});
