import { describe, expect, test } from 'vitest';
import { iconOf, relayWords, standingWords, trayStanding } from '../../../main/desktop/tray-standing.ts';
import type { RelayRow } from '../../../proxy/contract/index.ts';
import { told } from '../../support/findings.ts';
import { alarmRow, questionRow, refusedAt, relayRow, view, waitingRow } from './support.ts';

const { message, diagnosis } = told({ code: 'port-in-use', facts: {} });
const inUse = { reason: 'address-in-use', message, diagnosis } as const;
const failed: Partial<RelayRow> = {
  listeners: [{ address: '127.0.0.1', port: 1, status: { kind: 'failed', ...inUse } }],
};
const halfFailed: Partial<RelayRow> = {
  listeners: [...(failed.listeners ?? []), { address: '::1', port: 1, status: { kind: 'listening' } }],
};
const verified = (verifiedAt: string) => ({ lastVerified: { verifiedAt } as RelayRow['lastVerified'] });
const [early, late] = ['2026-11-16T10:00:00Z', '2026-11-16T11:00:00Z'];

describe('the standing is what a person has to act on first', () => {
  test.each([
    ['well', view()],
    ['well', view({ relays: [] })],
    ['sign-in', view({ accounts: [waitingRow('Work')], relays: [relayRow('a', failed)], paused: true })],
    ['question', view({ accounts: [waitingRow('Work')], questions: [questionRow('a')] })],
    ['silent', view({ status: 'silent', paused: true })],
    ['down', view({ status: 'gone', questions: [questionRow('a')] })],
    ['restarting', view({ status: 'restarting', questions: [questionRow('a')] })],
    ['alarm', view({ questions: [questionRow('a'), alarmRow('b')] })],
    ['well', view({ questions: [alarmRow('b', { provedAgainAt: late })] })],
    ['question', view({ questions: [questionRow('a')], relays: [relayRow('imap', failed)], paused: true })],
    ['refused', view({ relays: [relayRow('a'), relayRow('b', failed)] })],
    ['well', view({ relays: [relayRow('a', halfFailed)] })],
    ['refused', view({ relays: [relayRow('a', { lastRefusal: refusedAt(early) })], paused: true })],
    ['refused', view({ relays: [relayRow('a', { lastRefusal: refusedAt(late), ...verified(early) })] })],
    ['well', view({ relays: [relayRow('a', { lastRefusal: refusedAt(early), ...verified(late) })] })],
    // Any web page can connect, and must not be able to raise an alarm.
    ['well', view({ relays: [relayRow('a', { lastRefusal: refusedAt(early, 'client-not-mail') })] })],
    ['paused', view({ paused: true })],
  ] as const)('%s', (standing, given) => {
    expect(trayStanding(given)).toBe(standing);
  });
});

test('every standing has an icon that is there, and words', () => {
  const standings = ['well', 'question', 'refused', 'paused', 'restarting', 'silent', 'down'] as const;
  expect(standings.map(iconOf)).toEqual(['well', 'question', 'refused', 'paused', 'paused', 'refused', 'refused']);
  expect(
    standings.map((standing) => standingWords(standing, view({ questions: [questionRow('a'), questionRow('b')] }))),
  ).toEqual([
    'All is well',
    '2 questions wait for you',
    'A connection was refused',
    'Paused',
    'Starting again',
    'Does not answer',
    'Not running',
  ]);
});

test.each<[string, Partial<RelayRow>, boolean]>([
  ['ready', {}, false],
  ['2 connections', { sessionsOpen: 2 }, false],
  ['waits for your decision', { lastRefusal: refusedAt(early) }, true],
  ['refused', { lastRefusal: refusedAt(early) }, false],
  ['not available', failed, true],
  [
    'port used by dovecot; 1144 is free',
    {
      listeners: [
        {
          address: '127.0.0.1',
          port: 1143,
          status: {
            kind: 'failed',
            ...inUse,
            holder: { pid: 7, program: 'dovecot' },
            freePort: 1144,
          },
        },
      ],
    },
    false,
  ],
  ['starting', { listeners: [{ address: '127.0.0.1', port: 1, status: { kind: 'starting' } }] }, false],
])('one relay in words: %s', (said, more, asked) => {
  expect(relayWords(relayRow('imap', more), view({ questions: asked ? [questionRow('a')] : [] }))).toBe(said);
});

test('an alarm names the account and the server, in the tray as in its menu', () => {
  const questions = [questionRow('a'), alarmRow('b', { account: 'Home', host: 'mail.example.org' })];
  expect(standingWords('alarm', view({ questions }))).toBe(
    'Home: the connection to mail.example.org may be intercepted',
  );
  expect(iconOf('alarm')).toBe('refused');
  expect(relayWords(relayRow('imap'), view({ questions: [questionRow('a'), alarmRow('b')] }))).toBe(
    'MAY BE INTERCEPTED',
  );
});

test('a question of another account is none of this relay', () => {
  expect(relayWords(relayRow('imap'), view({ questions: [questionRow('a', { account: 'Home' })] }))).toBe('ready');
  expect(relayWords(relayRow('imap'), view({ questions: [questionRow('a', { relays: ['smtp'] })] }))).toBe('ready');
});

test('an account that waits for a sign-in is named in the tray, and each of its relays says so', () => {
  const [work, home] = [waitingRow('Work'), waitingRow('Home')];
  expect(standingWords('sign-in', view({ accounts: [work] }))).toBe('Work waits for you to sign in');
  expect(standingWords('sign-in', view({ accounts: [work, home] }))).toBe('2 accounts wait for you to sign in');
  expect(iconOf('sign-in')).toBe('question');
  expect(relayWords(relayRow('imap'), view({ accounts: [work] }))).toBe('waits for you to sign in');
  expect(relayWords(relayRow('imap'), view({ accounts: [home] }))).toBe('ready');
});
