import { describe, expect, test } from 'vitest';
import { certificateProblems } from '../../../proxy/contract/index.ts';
import { refusalByRule, rejectedMessage, undecidedMessage } from '../../../proxy/trust/decisions/desk-words.ts';

const server = 'mail.example.org';
const first = { kind: 'new' } as const;

describe('what a mail program is told', () => {
  test('names the server, the reasons, and what to do', () => {
    expect(undecidedMessage(server, ['expired', 'name-mismatch', 'self-signed'], first)).toBe(
      'The certificate of mail.example.org is not trustworthy by itself: it has expired, it is for another server and nobody but itself vouches for it. Open Postern to look at it and decide, then try again. Nothing was sent.',
    );
    expect(rejectedMessage(server)).toMatch(/forget that decision/);
  });

  test('is sharper for a server that was verified before', () => {
    const now = new Date().toISOString();
    const history = { kind: 'verified-then-expired', lastVerifiedAt: now } as const;
    expect(undecidedMessage(server, ['expired'], history)).not.toMatch(/intercepting/);
    const previous = {} as never;
    expect(
      undecidedMessage(server, ['expired'], { kind: 'verified-then-failing', lastVerifiedAt: now, previous }),
    ).toMatch(/intercepting/);
  });

  test('fits into a line of every protocol, with every problem at once', () => {
    // RFC 5321 §4.5.3.1.5: 512 bytes, of which the code and the line end take a few.
    expect(undecidedMessage(server, certificateProblems, first).length).toBeLessThan(500);
  });
});

test.each([
  [['self-signed', 'weak-key'], 'certificate-rejected'],
  [['weak-signature'], 'certificate-rejected'],
  [['weak-key', 'revoked'], 'certificate-revoked'],
] as const)('%o is refused by rule', (problems, reason) => {
  expect(refusalByRule(server, problems)).toMatchObject({ kind: 'refuse', reason });
});

test('what a person may accept is not refused by rule', () => {
  const approvable = certificateProblems.filter((problem) => !/weak|revoked/.test(problem));
  expect(refusalByRule(server, approvable)).toBeNull();
});
