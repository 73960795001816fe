import { describe, expect, test } from 'vitest';
import type { CertificateQuestion } from '../../proxy/contract/index.ts';
import { otherNames } from '../../proxy/contract/other-names.ts';
import { certificate, inDays, question } from '../renderer/support/fake-certificates.ts';

const host = 'mail.customer.example';

function offered(names: string[], more: Partial<CertificateQuestion> = {}): string[] {
  const shown = certificate(host, { names });
  return otherNames(question('aaaaaaaa20', host, { problems: ['name-mismatch'], certificate: shown, ...more }));
}

test.each<[string[], string[]]>([
  [['mail.hoster.example'], ['mail.hoster.example']],
  [
    ['hoster.test', 'mail.hoster.test'],
    ['mail.hoster.test', 'hoster.test'],
  ],
  [
    ['mail.hoster.test', 'imap.customer.example'],
    ['imap.customer.example', 'mail.hoster.test'],
  ],
  [['*.hoster.example', 'MAIL.hoster.example', 'mail.hoster.example'], ['mail.hoster.example']],
  [['*.hoster.example'], []],
  [['192.0.2.1', '2001:db8::1', 'localhost', 'a b.example', 'ex\u202eample.org', '-a.example', 'a..example'], []],
  [[host, `${host.toUpperCase()}`], []],
  [[], []],
])('a certificate for %j offers %j', (names, expected) => {
  expect(offered(names)).toEqual(expected);
});

describe('nothing is offered', () => {
  test.each<CertificateQuestion['problems']>([
    ['expired'],
    ['name-mismatch', 'self-signed'],
    ['name-mismatch', 'unknown-issuer'],
    ['name-mismatch', 'changed'],
    ['expired', 'name-mismatch'],
  ])('where %s, %s is the problem', (...problems) => {
    expect(offered(['mail.hoster.example'], { problems })).toEqual([]);
  });

  test.each<CertificateQuestion['history']>([
    { kind: 'verified-then-failing', lastVerifiedAt: inDays(-1), previous: certificate(host) },
    { kind: 'verified-then-expired', lastVerifiedAt: inDays(-1) },
    { kind: 'renewed', previous: certificate(host) },
    { kind: 'changed', previous: certificate(host) },
  ])('for a server that was met before: $kind', (history) => {
    expect(offered(['mail.hoster.example'], { history })).toEqual([]);
  });
});
