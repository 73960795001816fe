import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterEhloLines, offersStartTls } from '../../proxy/protocols/smtp-capabilities.ts';

const lines = (...texts: string[]) =>
  texts.map((text, index) => Buffer.from(`250${index === texts.length - 1 ? ' ' : '-'}${text}`, 'latin1'));
const shown = (buffers: Buffer[]) => buffers.map((line) => line.toString('latin1'));

describe('filterEhloLines', () => {
  test.each<[string, string[], string[]]>([
    [
      'leaves what is harmless as it is',
      ['mx.example.org', 'PIPELINING', 'SIZE 52428800', '8BITMIME', 'SMTPUTF8', 'DSN', 'CHUNKING'],
      [
        '250-mx.example.org',
        '250-PIPELINING',
        '250-SIZE 52428800',
        '250-8BITMIME',
        '250-SMTPUTF8',
        '250-DSN',
        '250 CHUNKING',
      ],
    ],
    ['removes STARTTLS, also as the last line', ['mx', 'SIZE', 'STARTTLS'], ['250-mx', '250 SIZE']],
    ['removes STARTTLS in any case and spacing', ['mx', 'starttls ', 'X'], ['250-mx', '250 X']],
    [
      'adds the older form of AUTH for Outlook Express 4',
      ['mx', 'AUTH PLAIN LOGIN CRAM-MD5'],
      ['250-mx', '250-AUTH PLAIN LOGIN CRAM-MD5', '250 AUTH=LOGIN PLAIN CRAM-MD5'],
    ],
    ['adds no second older form', ['mx', 'AUTH PLAIN', 'AUTH=PLAIN'], ['250-mx', '250-AUTH PLAIN', '250 AUTH=PLAIN']],
    ['adds none where neither LOGIN nor PLAIN is offered', ['mx', 'AUTH GSSAPI'], ['250-mx', '250 AUTH GSSAPI']],
    [
      'removes mechanisms that bind to the TLS channel',
      ['mx', 'AUTH SCRAM-SHA-256-PLUS PLAIN scram-sha-1-plus'],
      ['250-mx', '250-AUTH PLAIN', '250 AUTH=PLAIN'],
    ],
    ['removes AUTH when nothing is left of it', ['mx', 'AUTH SCRAM-SHA-256-PLUS', 'SIZE'], ['250-mx', '250 SIZE']],
    ['a greeting alone stays', ['mx'], ['250 mx']],
  ])('%s', (_name, given, expected) => {
    expect(shown(filterEhloLines(lines(...given)))).toEqual(expected);
  });

  test('never lets STARTTLS or a -PLUS mechanism through, whatever the lines are', () => {
    const word = fc.oneof(
      fc.constantFrom('STARTTLS', 'starttls', 'AUTH', 'auth', 'PLAIN', 'SCRAM-SHA-1-PLUS', 'x-plus', '=', ' ', '\t'),
      fc.stringMatching(/^[!-~]{0,12}$/),
    );
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 8 }), (first, extensions) => {
        const filtered = filterEhloLines(lines(first, ...extensions));
        expect(offersStartTls(filtered)).toBe(false);
        for (const line of filtered.slice(1)) {
          const entry = line.toString('latin1').slice(4).trim();
          if (/^AUTH(?:[\s=]|$)/i.test(entry)) expect(entry).not.toMatch(/-PLUS(?:\s|$)/i);
        }
        expect(filtered.at(-1)?.toString('latin1')).toMatch(/^250 /);
      }),
    );
  });
});

test.each([
  ['STARTTLS', true],
  ['starttls', true],
  ['STARTTLS=1', false],
  ['STARTTLS required', true],
  ['XSTARTTLS', false],
  ['STARTTLSX', false],
  ['X STARTTLS', false],
])('%s offers STARTTLS: %s', (text, offered) => {
  expect(offersStartTls(lines('mx', text))).toBe(offered);
  expect(offersStartTls(lines(text))).toBe(false);
});
