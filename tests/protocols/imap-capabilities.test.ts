import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  capabilitiesIn,
  filterImapResponse,
  hasCapability,
  shownCapabilities,
} from '../../proxy/protocols/imap-capabilities.ts';
import { parseImapResponse } from '../../proxy/protocols/imap-syntax.ts';

const filter = (text: string) => filterImapResponse(Buffer.from(text, 'latin1')).toString('latin1');

describe('what goes', () => {
  test.each([
    ['* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN', '* CAPABILITY IMAP4rev1 AUTH=PLAIN'],
    ['* capability IMAP4rev1 startTLS', '* capability IMAP4rev1'],
    ['* CAPABILITY  STARTTLS\tIMAP4rev1 ', '* CAPABILITY IMAP4rev1 '],
    [
      '* CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-1-PLUS auth=x-plus',
      '* CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-1',
    ],
    ['* CAPABILITY IMAP4rev1 LOGIN-REFERRALS ID', '* CAPABILITY IMAP4rev1 ID'],
    ['* OK [CAPABILITY IMAP4rev1 STARTTLS ID] ready', '* OK [CAPABILITY IMAP4rev1 ID] ready'],
    ['a1 OK [capability STARTTLS] in', 'a1 OK [capability] in'],
    ['* OK  [ CAPABILITY IMAP4rev1  STARTTLS] x', '* OK  [ CAPABILITY IMAP4rev1] x'],
    ['* OK hello [CAPABILITY IMAP4rev1 STARTTLS] there', '* OK hello [CAPABILITY IMAP4rev1] there'],
    ['* OK [CAPABILITY IMAP4rev1 STARTTLS', '* OK [CAPABILITY IMAP4rev1'],
    ['a1 NO [REFERRAL imap://evil/] try there', 'a1 NO try there'],
    ['a1 OK [referral imap://evil/] but try there', 'a1 OK but try there'],
    ['a1 NO [REFERRAL imap://[::1]/] try', 'a1 NO try'],
    ['a1 NO [REFERRAL imap://evil/', 'a1 NO Postern: a referral to another server was removed.'],
    ['a1 NO [REFERRAL imap://evil/]', 'a1 NO Postern: a referral to another server was removed.'],
    ['* OK text [ REFERRAL imap://evil/] more', '* OK text more'],
    ['* OK [REF[REFERRAL imap://a]ERRAL imap://b] x', '* OK x'],
    ['* OK [CAP[REFERRAL imap://a]ABILITY STARTTLS] x', '* OK [CAPABILITY] x'],
  ])('%s', (line, expected) => {
    expect(filter(line)).toBe(expected);
  });
});

describe('what stays as it came', () => {
  test.each([
    '* CAPABILITY IMAP4rev1  AUTH=PLAIN LOGINDISABLED SASL-IR',
    '* CAPABILITY IMAP4rev1 XSTARTTLS STARTTLSX AUTH=PLAIN-PLUSX',
    '* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready',
    '* OK STARTTLS is not for you',
    'a1 NO [AUTHENTICATIONFAILED] no',
    '* ID ("name" "STARTTLS")',
    '* 5 EXISTS',
    '+ U1RBUlRUTFM=',
  ])('%s', (line) => {
    const bytes = Buffer.from(line, 'latin1');
    expect(filterImapResponse(bytes)).toBe(bytes);
  });
});

describe('what is learned', () => {
  test.each([
    ['* CAPABILITY imap4rev1 STARTTLS', ['imap4rev1', 'STARTTLS']],
    ['* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x', ['IMAP4rev1', 'LOGINDISABLED']],
    ['a1 OK [CAPABILITY IMAP4rev1] x', ['IMAP4rev1']],
    ['* CAPABILITY', []],
  ])('%s', (line, expected) => {
    expect(capabilitiesIn(Buffer.from(line))).toEqual(expected);
  });

  test.each(['* OK hello', '* OK hello [CAPABILITY LOGINDISABLED]', '* 5 EXISTS', '+ x', 'junk'])(
    'nothing: %s',
    (line) => {
      expect(capabilitiesIn(Buffer.from(line))).toBeNull();
    },
  );

  test('the part that a mail program may see', () => {
    const capabilities = ['IMAP4rev1', 'STARTTLS', 'LOGIN-REFERRALS', 'AUTH=SCRAM-SHA-256-PLUS', 'IDLE'];
    expect(shownCapabilities(capabilities)).toEqual(['IMAP4rev1', 'IDLE']);
  });
});

/** Pieces that are troublesome in any combination. */
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(
      '[',
      ']',
      ' ',
      '\t',
      '[CAPABILITY ',
      'STARTTLS',
      'starttls ',
      'AUTH=SCRAM-SHA-1-PLUS',
      'IMAP4rev1 ',
    ),
    fc.constantFrom('[REFERRAL ', 'imap://evil/', '[ref', 'erral x]', 'CAP', 'ABILITY', 'START', 'TLS', '\x00', '('),
    fc.string({ maxLength: 4 }),
  ),
  { maxLength: 14 },
);

test('whatever the server says, nothing that must go is left for a mail program to find', () => {
  const beginnings = fc.constantFrom(
    '* OK ',
    '* NO ',
    'a1 OK ',
    'a1 NO ',
    '* BYE ',
    '* CAPABILITY ',
    '* PREAUTH ',
    '* 5 CAPABILITY ',
  );
  fc.assert(
    fc.property(beginnings, pieces, (beginning, rest) => {
      const text = filter(beginning + rest.join('').replace(/[\r\n]/g, ''));
      const parsed = parseImapResponse(Buffer.from(text, 'latin1'));
      expect(parsed).not.toBeNull();
      expect(text).not.toMatch(/\[\s*REFERRAL\b/i);
      const stated = parsed?.kind === 'data' ? [text] : (text.match(/\[\s*CAPABILITY\b[^\]]*/gi) ?? []);
      for (const list of stated) {
        expect(list.split(/\s+/)).not.toContain('STARTTLS');
        expect(list).not.toMatch(/(?:^|\s)(?:STARTTLS|AUTH=\S*-PLUS|LOGIN-REFERRALS)(?=\s|$)/i);
      }
      expect(filter(text)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('an honest line is never changed', () => {
  const word = fc.stringMatching(/^[A-Z0-9=]{1,12}$/).filter((text) => !/STARTTLS|PLUS/.test(text));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      const line = Buffer.from(`* OK [CAPABILITY ${words.join(' ')}] hello`);
      expect(filterImapResponse(line)).toBe(line);
    }),
  );
});

test.each([
  [null, false],
  [[], false],
  [['LoginDisabled'], true],
  [['XLOGINDISABLED'], false],
])('LOGINDISABLED in %j: %s', (capabilities, expected) => {
  expect(hasCapability(capabilities, 'LOGINDISABLED')).toBe(expected);
});
