import { describe, test } from 'vitest';
import { imap } from '../../../proxy/dialects/imap/imap.ts';
import { type Entry, play } from '../../support/script.ts';

// IMAP's own rules for the greeting inside TLS; those of every dialect are in dialects/plaintext.test.ts.

const conversation = (step: 'greet' | 'greet-ourselves', script: readonly Entry[]) =>
  play(imap, { knowledge: { capabilities: null }, step }, script);

describe("the server's own greeting", () => {
  test.each([
    ['* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=X-PLUS ID] ready', 'sign-in * OK [CAPABILITY IMAP4rev1 ID] ready'],
    ['* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] anna', 'splice * PREAUTH [CAPABILITY IMAP4rev1] anna'],
    ['* OK [REFERRAL imap://evil/] ready', 'sign-in * OK ready'],
  ])('%j', async (said, expected) => {
    await conversation('greet', [
      ['server', said],
      ['ends', expected],
    ]);
  });

  test('that refers to another server in its farewell is none (31)', async () => {
    await conversation('greet', [
      ['server', '* BYE [REFERRAL imap://evil/] go'],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

describe('a greeting of ours, behind STARTTLS', () => {
  const asks: Entry = ['server hears', /^P[0-9a-f]{16} CAPABILITY$/];

  test('holds what the server says inside TLS, and nothing else (25, 26)', async () => {
    await conversation('greet-ourselves', [
      asks,
      ['server', '* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=SCRAM-SHA-1-PLUS', '* OK [ALERT] x', 'TAG OK done'],
      ['ends', 'sign-in * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Postern ready'],
    ]);
  });

  test('does without capabilities where the server does not tell them', async () => {
    await conversation('greet-ourselves', [asks, ['server', 'TAG BAD what'], ['ends', 'sign-in * OK Postern ready']]);
  });

  test.each(['a1 OK injected', '+ x', '* BYE x', '* PREAUTH x', 'HTTP/1.1 200 OK', '* OK x\r\n'.repeat(2000)])(
    'not from %.20j',
    async (said) => {
      await conversation('greet-ourselves', [asks, ['server', said], ['ends', 'upstream-protocol']]);
    },
  );

  test('an end instead', async () => {
    await conversation('greet-ourselves', [asks, ['server leaves'], ['ends', 'upstream-closed']]);
  });
});
