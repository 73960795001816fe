import { describe, expect, test } from 'vitest';
import { fetchResponse, readFetchItems, readImapDate } from '../../proxy/practice/imap-fetch.ts';
import { BadCommand, ImapArguments } from '../../proxy/practice/imap-text.ts';
import { compound, messageWith } from './support.ts';

const fetched = (items: string, bytes = messageWith('one'), flags: string[] = ['\\Seen']) =>
  fetchResponse(
    3,
    { uid: 7, bytes, received: new Date('2026-11-06T09:08:07Z'), flags: new Set(flags), flagsRevision: 0 },
    readFetchItems(new ImapArguments(items)),
  );

test('simple items, alone and in a list', () => {
  expect(fetched('UID')).toBe('* 3 FETCH (UID 7)');
  expect(fetched('(uid FLAGS RFC822.SIZE INTERNALDATE)')).toBe(
    '* 3 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 155 INTERNALDATE " 6-Nov-2026 09:08:07 +0000")',
  );
});

test('the macros', () => {
  expect(fetched('FAST')).toMatch(/^\* 3 FETCH \(FLAGS .* INTERNALDATE .* RFC822\.SIZE \d+\)$/);
  expect(fetched('ALL')).toContain('ENVELOPE ("Mon');
  expect(fetched('FULL')).toContain('BODY ("TEXT" "PLAIN"');
});

test('the whole message and its pieces', () => {
  const whole = messageWith('one').toString('latin1');
  const header = whole.slice(0, whole.indexOf('\r\n\r\n') + 4);
  expect(fetched('BODY[]')).toBe(`* 3 FETCH (BODY[] {${whole.length}}\r\n${whole})`);
  expect(fetched('RFC822')).toBe(`* 3 FETCH (RFC822 {${whole.length}}\r\n${whole})`);
  expect(fetched('BODY.PEEK[HEADER]')).toBe(`* 3 FETCH (BODY[HEADER] {${header.length}}\r\n${header})`);
  expect(fetched('RFC822.HEADER')).toContain(header);
  expect(fetched('BODY[TEXT]')).toBe('* 3 FETCH (BODY[TEXT] {8}\r\nHello.\r\n)');
  expect(fetched('RFC822.TEXT')).toContain('Hello.');
  expect(fetched('BODY[1]')).toBe('* 3 FETCH (BODY[1] {8}\r\nHello.\r\n)');
});

test('header fields by name, and all others', () => {
  expect(fetched('BODY.PEEK[HEADER.FIELDS (subject "TO" none)]')).toBe(
    '* 3 FETCH (BODY[HEADER.FIELDS (SUBJECT TO NONE)] {44}\r\nTo: you@practice.localhost\r\nSubject: one\r\n\r\n)',
  );
  const others = fetched('BODY.PEEK[HEADER.FIELDS.NOT (From To Date Message-ID)]');
  expect(others).toContain('{16}\r\nSubject: one\r\n\r\n)');
});

test('a folded field stays folded', () => {
  expect(fetched('BODY[HEADER.FIELDS (Subject)]', compound)).toContain(
    'Subject: =?utf-8?q?Caf=C3=A9?=\r\n folded\r\n\r\n',
  );
});

test('a part of it', () => {
  expect(fetched('BODY[TEXT]<2.3>')).toBe('* 3 FETCH (BODY[TEXT]<2> {3}\r\nllo)');
  expect(fetched('BODY[TEXT]<100.3>')).toBe('* 3 FETCH (BODY[TEXT]<100> {0}\r\n)');
});

test('parts of a message with parts, and of the message in it', () => {
  expect(fetched('BODY[1.2]', compound)).toContain('BODY[1.2] {10}\r\n<p>one</p>');
  expect(fetched('BODY[2.MIME]', compound)).toContain('filename="a b.bin"\r\n\r\n)');
  expect(fetched('BODY[3.HEADER]', compound)).toContain('{43}\r\nFrom: eve@example.test\r\nSubject: inside\r\n\r\n)');
  expect(fetched('BODY[3.TEXT]', compound)).toContain('{4}\r\ndeep)');
  expect(fetched('BODY[3.HEADER.FIELDS (FROM)]', compound)).toContain('From: eve');
  expect(fetched('BODY[4]', compound)).toBe('* 3 FETCH (BODY[4] NIL)');
  expect(fetched('BODY[2.TEXT]', compound)).toBe('* 3 FETCH (BODY[2.TEXT] NIL)');
});

test('what marks a message as read', () => {
  const marks = (items: string) => readFetchItems(new ImapArguments(items)).map(({ marksSeen }) => marksSeen);
  expect(marks('(BODY[] RFC822 RFC822.TEXT)')).toEqual([true, true, true]);
  expect(marks('(BODY.PEEK[] RFC822.HEADER BODY BODYSTRUCTURE FLAGS)')).toEqual([false, false, false, false, false]);
});

test.each(['NOTHING', '(FLAGS', 'BODY[0]', 'BODY[1..2]', 'BODY[HEADER.FIELDS ()]', 'BODY[NO]', 'BODY[]<1>', ''])(
  '%j asks for nothing',
  (items) => {
    expect(() => readFetchItems(new ImapArguments(items))).toThrow(BadCommand);
  },
);

describe('dates', () => {
  test.each([
    ['1-Feb-2026', '2026-02-01T00:00:00.000Z'],
    [' 6-Nov-2026 09:08:07 +0000', '2026-11-06T09:08:07.000Z'],
    ['16-Nov-2026 09:08:07 -0130', '2026-11-16T10:38:07.000Z'],
  ])('%s', (text, iso) => {
    expect(readImapDate(text).toISOString()).toBe(iso);
  });

  test.each(['', 'today', '1-Foo-2026', '1-feb-2026', '99-Feb-2026', '1-Feb-26'])('%j is none', (text) => {
    expect(() => readImapDate(text)).toThrow(BadCommand);
  });
});
