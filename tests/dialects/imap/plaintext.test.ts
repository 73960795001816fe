import { describe, expect, test } from 'vitest';
import { imap } from '../../../proxy/dialects/imap/imap.ts';
import { type Entry, play } from '../../support/script.ts';

// IMAP's own rules before TLS; those of every dialect are in the contract, dialects/plaintext.test.ts.

const conversation = (script: readonly Entry[]) =>
  play(imap, { knowledge: { capabilities: null }, step: 'request-tls' }, script);

const greeting = '* OK [CAPABILITY IMAP4rev1 STARTTLS] ready';
const startTls = /^P[0-9a-f]{16} STARTTLS$/;
const capability = /^P[0-9a-f]{16} CAPABILITY$/;

describe('the go-ahead', () => {
  test('is asked for under a tag that cannot be guessed', async () => {
    const tags = new Set<string>();
    for (let time = 0; time < 3; time += 1) {
      const on = await conversation([
        ['server', greeting],
        ['server hears', startTls],
        ['server', 'TAG OK go'],
        ['ends', 'TLS'],
      ]);
      tags.add(on.server.last);
    }
    expect(tags.size).toBe(3);
  });

  test('data that the server volunteers is dropped, wherever it stands (24)', async () => {
    const data = (tag: string) => [
      '* CAPABILITY IMAP4rev1',
      '* LIST () "/" INBOX',
      '* STATUS INBOX (MESSAGES 1)',
      '* FLAGS (\\Seen)',
      '* SEARCH 1 2',
      '* 1 EXISTS',
      '* 1 EXPUNGE',
      // A tag has 17 bytes; the correct one also appears in the literal.
      `* 1 FETCH (BODY[] {40}\r\nthese\r\n${tag} OK are no lines )`,
      '* OK [ALERT] call this number',
    ];
    for (const [before, behind] of [
      [data(`P${'0'.repeat(16)}`), []],
      [[], data('TAG')],
      [data(`P${'0'.repeat(16)}`), data('TAG')],
    ] as const) {
      await conversation([
        ['server', greeting, ...before],
        ['server hears', startTls],
        ['server', ...behind, 'TAG OK go'],
        ['ends', 'TLS'],
        ['server heard', startTls],
      ]);
    }
  });
});

describe('a greeting that is none', () => {
  test.each([
    ['PREAUTH (10)', '* PREAUTH welcome anna'],
    ['PREAUTH with STARTTLS on offer (10)', '* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi'],
    ['PREAUTH in lower case', '* preauth hi'],
  ])('%s', async (_name, said) => {
    await conversation([['server', said], ['ends', 'preauth-before-tls'], ['server heard']]);
  });

  test('a line of 8192 bytes and more', async () => {
    await conversation([['server', `* OK ${'x'.repeat(8192)}`], ['ends', 'upstream-protocol'], ['server heard']]);
  });

  test.each([
    ['a tagged answer (23)', 'a1 OK go'],
    ['an untagged status (23)', '* OK go'],
  ])('%s behind it, before it was asked for', async (_name, said) => {
    await conversation([['server', greeting, said], ['ends', 'upstream-protocol'], ['server heard']]);
  });
});

describe('an answer that is no go-ahead', () => {
  test('where it was on offer, a refusal is that: nothing more is asked', async () => {
    for (const answer of ['TAG NO not now', 'TAG BAD what']) {
      await conversation([
        ['server', greeting],
        ['server hears', startTls],
        ['server', answer],
        ['ends', 'starttls-refused'],
        ['server heard', startTls],
      ]);
    }
  });

  test.each([
    ['is not among them (9)', '* OK [CAPABILITY IMAP4rev1] x'],
    ['is a part of a longer word (7)', '* OK [CAPABILITY STARTTLSX XSTARTTLS] x'],
  ])('where the greeting has told capabilities, and STARTTLS %s, neither', async (_name, said) => {
    for (const answer of ['TAG NO x', 'TAG BAD x']) {
      await conversation([
        ['server', said],
        ['server hears', startTls],
        ['server', answer],
        ['ends', 'starttls-not-offered'],
        ['server heard', startTls],
      ]);
    }
  });

  test.each<[string, string[], string]>([
    ['it is listed', ['* CAPABILITY STARTTLS', 'TAG OK x'], 'starttls-refused'],
    ['it is not listed', ['* CAPABILITY IMAP4rev1', 'TAG OK x'], 'starttls-not-offered'],
    ['BAD (9)', ['TAG BAD x'], 'starttls-not-offered'],
    ['junk', ['junk'], 'starttls-not-offered'],
  ])('where it has told none, they are asked for: %s', async (_name, answer, reason) => {
    await conversation([
      ['server', '* OK x'],
      ['server hears', startTls],
      ['server', 'TAG BAD x'],
      ['server hears', capability],
      ['server', ...answer],
      ['ends', reason],
      ['server heard', startTls, capability],
    ]);
  });

  test.each([
    ['* BYE Too many connections from your IP', 'server-too-many-connections'],
    ['* BYE [UNAVAILABLE] Try again later', 'server-unavailable'],
    ['* BYE IP banned', 'address-blocked'],
    ['* BYE', 'server-unavailable'],
  ])('a goodbye is one, before the request and behind it: %s', async (said, code) => {
    const end: Entry[] = [
      ['ends', 'upstream-protocol'],
      ['found', code],
      ['told', /^(?!.*(?:STARTTLS|encrypt|nobody had asked))/],
    ];
    await conversation([['server', '* OK x', said], ...end, ['server heard']]);
    await conversation([['server', greeting], ['server hears', startTls], ['server', said], ...end]);
  });

  test.each([
    ['data without end (57)', '* LIST () "/" x\r\n'.repeat(200)],
    ['a literal without end (57)', '* 1 FETCH {4294967295}\r\n'],
  ])('%s', async (_name, said) => {
    await conversation([
      ['server', greeting],
      ['server hears', startTls],
      ['server raw', said],
      ['ends', 'upstream-protocol'],
      ['server heard', startTls],
    ]);
  });
});

test('says what it waits for', async () => {
  const on = await conversation([
    ['server', greeting],
    ['server hears', startTls],
    ['server', 'TAG OK go'],
    ['ends', 'TLS'],
  ]);
  expect(on.awaited).toEqual(['plaintext-greeting', 'rest-of-greeting', 'starttls']);
  expect(on.traced).toHaveLength(3);
});
