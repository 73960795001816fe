import { describe, expect, test } from 'vitest';
import { aligned } from '../../../main/cli/aligned.ts';
import { unseenLines } from '../../../main/cli/device-lines.ts';
import { bytes, eventLine, localDate, newListenerLine } from '../../../main/cli/event-line.ts';
import { questionLines } from '../../../main/cli/question-lines.ts';
import { serverLines } from '../../../main/cli/server-lines.ts';
import { startLines } from '../../../main/cli/start-lines.ts';
import type { CertificateHistory, CertificateQuestion, PosternEvent, RelayRow } from '../../../proxy/contract/index.ts';

import { told } from '../../support/findings.ts';

// What the command says to a person, from made-up facts.

test('columns stand under each other, and a line has no blanks at its end', () => {
  expect(
    aligned([
      ['a', 'long cell', 'x'],
      ['längst', '', ''],
      ['bb', 'c'],
    ]),
  ).toEqual(['  a        long cell   x', '  längst', '  bb       c']);
  expect(aligned([], 0)).toEqual([]);
});

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [12_345, '12.3 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [1_000_000, '1.0 MB'],
  [4e9, '4.0 GB'],
  [5e15, '5000.0 TB'],
])('%d are %s', (count, text) => expect(bytes(count)).toBe(text));

describe('events', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  const at = { time, relay: 'r', session: 's1' };
  const tooOld = told({ code: 'tls-too-old' }, { server: 's' });
  const pending: Omit<Extract<PosternEvent, { event: 'certificate-pending' }>, 'offers'> = {
    ...{ time, event: 'certificate-pending', relay: 'r', id: 'ab12', account: 'A', host: 'h', port: 993 },
    ...{ fingerprint: 'f', problems: ['expired'] },
  };
  const notPermitted = told({ code: 'port-not-permitted', facts: { address: '::1', listenPort: 25 } });
  test.each<[PosternEvent, string | null]>([
    [{ ...at, event: 'session-opened' }, null],
    [{ ...at, event: 'listening', address: '127.0.0.1', port: 1 }, null],
    [{ time, event: 'ready' }, null],
    [
      {
        ...at,
        event: 'session-verified',
        protocol: 'imap',
        tlsVersion: 'TLSv1.3',
        cipher: 'c',
        fingerprint: 'f',
        trust: 'verified',
      },
      '03:04:05  r: Connected securely. TLS 1.3, certificate verified.',
    ],
    [
      {
        ...at,
        event: 'session-verified',
        protocol: 'imap',
        tlsVersion: 'TLSv1.2',
        cipher: 'c',
        fingerprint: 'f',
        trust: 'trusted-by-you',
      },
      '03:04:05  r: Connected securely. TLS 1.2, certificate trusted by you.',
    ],
    [
      { ...at, event: 'session-closed', bytesUp: 10, bytesDown: 2000, ending: 'clean', truncated: false },
      '03:04:05  r: Connection ended. 2.0 kB received, 10 bytes sent; ended normally.',
    ],
    [{ ...at, event: 'session-closed', bytesUp: 0, bytesDown: 0, ending: 'refused', truncated: false }, null],
    [
      { ...at, event: 'refused', reason: 'tls-too-old', ...tooOld },
      '03:04:05  r: refused. s knows only versions of TLS that can be broken. Ask the provider to update the server; look whether the provider names a newer server. Postern needs TLS 1.2. Nothing was sent.',
    ],
    [
      { ...pending, offers: ['reject'] },
      '03:04:05  r: ALARM: the connection to h may be intercepted. The server proved who it is before, and now its certificate could not be verified: expired. Nothing was sent. Look at it: postern certificates',
    ],
    [
      { ...pending, offers: ['reject', 'once'] },
      '03:04:05  r: Is this really h? Its certificate could not be verified: expired. Look at it: postern certificates',
    ],
    [
      { ...pending, problems: ['self-signed', 'changed'], offers: ['reject', 'once', 'always'] },
      '03:04:05  r: h shows another certificate than before. It is not the one that you trusted, and could not be verified: made by the server itself. Nothing was sent. Look at it: postern certificates',
    ],
    [
      { time, event: 'alarm-ended', account: 'A', host: 'h', port: 993, what: 'certificate' },
      '03:04:05  The alarm about h is over. The server has proved who it is again.',
    ],
    [
      { time, event: 'alarm-ended', account: 'A', host: 'h', port: 143, what: 'encryption' },
      '03:04:05  The alarm about h is over. The server offers encryption again.',
    ],
    [
      { time, event: 'certificate-decided', id: '0123456789abcdef', decision: 'once', account: 'A', host: 'h' },
      '03:04:05  You trusted h until Postern stops.',
    ],
    [
      {
        time,
        event: 'relay-failed',
        relay: 'r',
        address: '::1',
        port: 25,
        reason: 'permission-denied',
        ...notPermitted,
      },
      '03:04:05  r: NOT LISTENING. The system does not let Postern use ::1 port 25. Choose a port of 1024 or above, and set the same port in the mail program. Postern keeps trying. To change it: "listen" of “r” in config.json, or the account’s page in the window.',
    ],
  ])('%j', (event, line) => expect(eventLine(event)).toBe(line));

  test('a relay that listens later than at the start: one line for the two addresses of a bare port', () => {
    const listening = { time, event: 'listening', relay: 'r', port: 1143 } as const;
    expect(newListenerLine({ ...listening, address: '127.0.0.1' })).toBe(
      '03:04:05  r: listens for your mail program now, at 127.0.0.1 port 1143.',
    );
    expect(newListenerLine({ ...listening, address: '::1' })).toBeNull();
    expect(newListenerLine({ time, event: 'ready' })).toBeNull();
  });
});

describe('a question', () => {
  const certificate = {
    fingerprint: 'ab'.repeat(32),
    publicKeyFingerprint: 'cd'.repeat(32),
    subject: 'CN=mail.example.org',
    issuer: 'CN=Example CA',
    names: ['mail.example.org', 'example.org'],
    namesOmitted: 0,
    serialNumber: '01',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2026-04-01T00:00:00.000Z',
    key: 'EC prime256v1',
    signature: 'SHA-256 with RSA',
  };
  const question = (history: CertificateHistory, offers: CertificateQuestion['offers']): CertificateQuestion => ({
    id: 'aabbccdd00112233',
    account: 'Work',
    relays: ['r'],
    host: 'mail.example.org',
    port: 993,
    problems: ['expired'],
    details: [{ problem: 'expired', text: 'The certificate expired 2 days ago.' }],
    certificate,
    chain: [],
    history,
    offers,
    askedAt: '2026-04-03T00:00:00.000Z',
    timesMet: 3,
    waiting: 1,
  });

  test('of a new server: what is wrong, what it shows, what can be done', () => {
    expect(questionLines(question({ kind: 'new' }, ['reject', 'once', 'always']))).toEqual([
      `  mail.example.org port 993 (account Work), asked ${localDate('2026-04-03T00:00:00.000Z')}, met 3 times`,
      '    ! The certificate expired 2 days ago.',
      '    You have not decided about this server in this account yet. Ask the one who runs it whether the SHA-256 below is theirs.',
      '    Certificate for CN=mail.example.org, issued by CN=Example CA',
      '    Names: mail.example.org, example.org',
      `    Valid ${localDate(certificate.notBefore)} to ${localDate(certificate.notAfter)}, EC prime256v1`,
      `    SHA-256 ${Array(32).fill('AB').join(':')}`,
      '    A connection waits for your answer right now.',
      '    It has expired. If the date of this computer is right, whoever runs the server has to renew it.',
      '    Trust it:            postern certificates approve aabbccdd00112233',
      '    Until Postern stops: postern certificates approve aabbccdd00112233 --once',
      '    Reject it:           postern certificates reject aabbccdd00112233',
    ]);
  });

  test('of one certificate at several ports: which, and that an answer in the practice ends with it', () => {
    const about = { ...question({ kind: 'new' }, ['reject', 'once', 'always']), alsoAtPorts: [995, 465] };
    const asked = questionLines(about, [], '', { account: 'Work' }).join('\n');
    expect(asked).toContain('  mail.example.org ports 465, 993 and 995 (account Work), asked');
    expect(asked).toContain('one answer counts for all its ports, and ends with the practice');
    expect(questionLines(about, [], '', { account: 'Home' }).join('\n')).not.toContain('practice');
  });

  test.each<[Partial<CertificateQuestion>, string]>([
    [{ timesMet: 1 }, 'You have not decided about this server in this account yet.'],
    [{ history: { kind: 'new', before: 'rejected' } }, 'You rejected a certificate of this server before.'],
    [
      { timesMet: 1, history: { kind: 'new', before: 'rejected' } },
      'You rejected a certificate of this server before.',
    ],
    [{ history: { kind: 'new', before: 'trusted' } }, 'You trusted this certificate before; that decision has ended.'],
  ])('says what is true of the server: %j', (more, words) => {
    const lines = questionLines({ ...question({ kind: 'new' }, ['reject', 'once', 'always']), ...more });
    expect(lines[2]).toBe(`    ${words} Ask the one who runs it whether the SHA-256 below is theirs.`);
  });

  test('of a server with a certificate for another name: how to use that one', () => {
    const about = question({ kind: 'new' }, ['reject', 'once', 'always']);
    const names = ['*.hoster.example', 'mail.hoster.example'];
    const lines = (more: Partial<CertificateQuestion>) =>
      questionLines({ ...about, certificate: { ...certificate, names }, ...more }).join('\n');
    expect(lines({ problems: ['name-mismatch'] })).toContain(
      '    If mail.hoster.example is your provider, use that name: postern certificates use-name aabbccdd00112233\n',
    );
    expect(lines({ problems: ['name-mismatch', 'self-signed'] })).not.toContain('use-name');
  });

  test('of a server that failed after it was verified: an alert, and nothing to approve', () => {
    const history = {
      kind: 'verified-then-failing',
      lastVerifiedAt: '2026-01-01T00:00:00.000Z',
      previous: certificate,
    } as const;
    const known = { id: 'ddccbbaa33221100', account: 'Work', host: 'mail.example.org', port: 993 };
    const servers = [{ ...known, certificate, lastVerifiedAt: history.lastVerifiedAt }];
    const text = questionLines(question(history, ['reject']), servers, ' --data-dir /srv/mail').join('\n');
    expect(text).toContain('ALERT');
    expect(text).not.toContain('approve');
    expect(text).toContain('postern certificates reject aabbccdd00112233 --data-dir /srv/mail\n');
    expect(text).toContain('postern certificates forget ddccbbaa33221100 --data-dir /srv/mail');
  });

  test('is another certificate only where the fingerprints differ', () => {
    const lastVerifiedAt = '2026-01-01T00:00:00.000Z';
    const lines = questionLines(question({ kind: 'verified-then-failing', lastVerifiedAt, previous: certificate }, []));
    expect(lines.join('\n')).toContain('ALERT: ');
    expect(lines.join('\n')).not.toMatch(/another certificate|Before: SHA-256/);
    const unlike = question({ kind: 'renewed', previous: certificate }, ['reject', 'once', 'always']);
    expect(questionLines({ ...unlike, problems: ['unknown-issuer'] }).join('\n')).toContain(
      'You trusted this certificate before; what is wrong with it has changed since.',
    );
  });

  const other = { ...certificate, fingerprint: 'cd'.repeat(32) };
  test.each<[CertificateHistory, string]>([
    [{ kind: 'verified-then-expired', lastVerifiedAt: '2026-01-01T00:00:00.000Z' }, 'expired since'],
    [
      { kind: 'verified-then-not-yet-valid', lastVerifiedAt: '2026-01-01T00:00:00.000Z' },
      `    It is the certificate that was verified on ${localDate('2026-01-01T00:00:00.000Z')}; the clock of this computer seems wrong.`,
    ],
    [
      { kind: 'verified-then-failing', lastVerifiedAt: '2026-01-01T00:00:00.000Z', previous: other },
      'now shows another certificate.',
    ],
    [{ kind: 'renewed', previous: other }, 'You trusted this key before; the certificate around it is new.'],
    [{ kind: 'renewed', previous: certificate }, 'You trusted this certificate before; it has expired since.'],
    [{ kind: 'changed', previous: certificate }, 'CHANGED'],
  ])('%j', (history, words) => {
    expect(questionLines(question(history, ['reject', 'once'])).join('\n')).toContain(words);
  });
});

test('devices that may connect and have not been here are named, and nets of which none has', () => {
  const device = (address: string) => ({ address, listed: true, lastSeen: '', messages: 0, refusals: 0 });
  const devices = [device('192.168.7.20'), device('192.168.8.3')];
  const allow = ['192.168.7.20', '192.168.7.30', '192.168.8.0/28', '192.168.9.0/28'];
  expect(unseenLines({ devices }, allow)).toEqual([
    '    allowed, and not seen since Postern was started: 192.168.7.30 and 192.168.9.0/28',
  ]);
  expect(unseenLines({ devices }, ['192.168.7.20'])).toEqual([]);
});

test('a verified server: how fresh it is whether its certificate was revoked', () => {
  const lastVerifiedAt = '2026-03-01T12:00:00.000Z';
  const server = {
    id: 'aabbccdd00112233',
    account: 'Work',
    host: 'imap.example.org',
    port: 993,
    certificate: {} as never,
    lastVerifiedAt,
  };
  const first = `  aabbccdd0011  imap.example.org port 993 (account Work), last ${localDate(lastVerifiedAt)}`;
  expect(serverLines(server)).toEqual([first, expect.stringContaining('not been looked up yet')]);
  const checkedAt = '2026-03-01T13:00:00.000Z';
  const nextUpdate = '2026-03-08T13:00:00.000Z';
  const good = { status: 'good', source: 'crl', message: 'It is on no list.', checkedAt, nextUpdate } as const;
  expect(serverLines({ ...server, revocation: good })).toEqual([
    first,
    `    It is on no list. (looked up ${localDate(checkedAt)}; valid until ${localDate(nextUpdate)})`,
  ]);
  const unknown = { ...good, status: 'unknown', nextUpdate: null, message: 'Mail goes on.' } as const;
  expect(serverLines({ ...server, revocation: unknown }).at(-1)).toBe(
    `    Mail goes on. (looked up ${localDate(checkedAt)})`,
  );
});

describe('the start', () => {
  const row = (name: string, account: string, status: RelayRow['listeners'][number]['status']): RelayRow => ({
    name,
    account,
    protocol: 'pop3',
    server: 'pop.example.org',
    port: 995,
    tls: 'implicit',
    listeners: [{ address: '127.0.0.1', port: 1110, status }],
    sessionsOpen: 0,
    sessionsTotal: 0,
    refusalsTotal: 0,
    bytesUp: 0,
    bytesDown: 0,
    lastVerified: null,
    lastRefusal: null,
  });

  test('each account with its relays; what does not listen says so', () => {
    const failed = { kind: 'failed', reason: 'address-in-use', ...told({ code: 'port-in-use', facts: {} }) } as const;
    expect(
      startLines([row('a', 'One', { kind: 'listening' }), row('b', 'Two', failed)], '1.0', 'http://w', '/d'),
    ).toEqual([
      'Postern 1.0 is running.',
      '',
      'Type these into your mail program. User name and password stay as they are.',
      '',
      'One',
      '  a   incoming, POP3   server 127.0.0.1   port 1110   no encryption   carried on encrypted to pop.example.org port 995',
      '',
      'Two',
      '  b   incoming, POP3   NOT LISTENING on 127.0.0.1 port 1110; see below',
      '',
      'Window (opens once): http://w',
      'Ctrl+C stops it.',
      '',
    ]);
  });
});
