import { describe, expect, test } from 'vitest';
import type { AccountRow, ListenerRow, RefusalReason, RelayRow } from '../../proxy/contract/index.ts';
import {
  concernsOf,
  isStopped,
  liveSessions,
  overallStanding,
  relayStanding,
  waitingAccounts,
} from '../../proxy/contract/index.ts';
import { question } from '../renderer/support/fake-certificates.ts';
import { ago, ordinaryConfiguration, protection, relayRow, session } from '../renderer/support/fake-state.ts';
import { told } from '../support/findings.ts';

const [work] = ordinaryConfiguration.accounts;
const [imap] = work?.relays ?? [];
if (!work || !imap) throw new Error('the ordinary configuration has a relay');
const fresh = relayRow('Work', imap);
const none = liveSessions(fresh.name, []);
const asked = question('aaaaaaaa01', 'imap.example.org');

function refused(seconds: number, reason: RefusalReason = 'upstream-timeout'): Partial<RelayRow> {
  const { message, diagnosis } = told({ code: 'server-timeout' });
  return { lastRefusal: { reason, message, diagnosis, at: ago(seconds) } };
}
const failed: ListenerRow = {
  address: '127.0.0.1',
  port: 1143,
  status: { kind: 'failed', reason: 'address-in-use', ...told({ code: 'port-in-use', facts: {} }) },
};

const alarm = question('aaaaaaaa02', 'imap.example.org', {
  history: { kind: 'verified-then-failing', lastVerifiedAt: ago(60), previous: asked.certificate },
  offers: ['reject'],
});

/** The concerns of a state that has only these questions. */
const about = (...questions: (typeof asked)[]) =>
  concernsOf({ questions, decisions: [], servers: [], relays: [fresh] });

describe('an alarm', () => {
  const standing = (...questions: (typeof asked)[]) =>
    relayStanding(fresh, none, about(...questions), undefined, false);

  test('goes before every question, for the relay and over all', () => {
    expect(standing(asked, alarm)).toMatchObject({ kind: 'alarm', alarm: { id: alarm.id }, diagnosis: null });
    expect(overallStanding([{ ...fresh, ...refused(1) }], about(asked, alarm), [], true)).toBe('alarm');
  });

  test('is over when the server proves itself again, and so is any question', () => {
    const proved = [asked, alarm].map((each) => ({ ...each, provedAgainAt: ago(1) }));
    expect(standing(...proved).kind).toBe('ready');
    expect(overallStanding([fresh], about(...proved), [], false)).toBe('well');
  });
});

describe('another path to a host under alarm', () => {
  const smtp = { ...fresh, name: 'work-smtp', port: 587 };
  const elsewhere = { ...fresh, name: 'home-imap', account: 'Home', server: 'IMAP.example.org.' };
  const live = { ...none, count: 1, protection: protection('imap.example.org') };

  test.each([smtp, elsewhere])('is not simply well: $name', (row) => {
    const doubted = { kind: 'doubted', alarm: { id: alarm.id } };
    expect(relayStanding(row, none, about(alarm), undefined, false)).toMatchObject({ ...doubted, live: false });
    const { protection } = live;
    expect(relayStanding(row, live, about(alarm), undefined, false)).toMatchObject({
      ...doubted,
      live: true,
      protection,
    });
    expect(isStopped(relayStanding(row, live, about(alarm), undefined, false))).toBe(false);
  });

  test('another host is as well as it was, and so is everything without an alarm', () => {
    const other = { ...smtp, server: 'smtp.example.org' };
    expect(relayStanding(other, live, about(alarm), undefined, false).kind).toBe('protected');
    expect(relayStanding(smtp, live, about(asked), undefined, false).kind).toBe('protected');
  });
});

describe('the standing of one relay', () => {
  const standing = (fields: Partial<RelayRow>, questions = [] as (typeof asked)[], paused = false, live = none) =>
    relayStanding({ ...fresh, ...fields }, live, about(...questions), undefined, paused);

  test('ready, with nothing seen yet', () => {
    expect(standing({})).toEqual({ kind: 'ready', protection: null });
  });

  test('ready after a session: its protection is of the past', () => {
    const lastVerified = protection('imap.example.org');
    expect(standing({ lastVerified })).toEqual({ kind: 'ready', protection: lastVerified });
  });

  test('protected only while a session is', () => {
    const row = session('s1', fresh.name, 'Work');
    expect(standing({}, [], false, liveSessions(fresh.name, [row])).kind).toBe('protected');
    const connecting = { ...row, protection: null };
    expect(standing({}, [], false, liveSessions(fresh.name, [connecting])).kind).toBe('ready');
  });

  test('refused until something goes well again', () => {
    expect(standing(refused(10)).kind).toBe('refused');
    expect(standing({ ...refused(10), lastVerified: protection('x', { verifiedAt: ago(20) }) }).kind).toBe('refused');
    expect(standing({ ...refused(20), lastVerified: protection('x', { verifiedAt: ago(10) }) }).kind).toBe('ready');
  });

  test('a web page that knocked raises no alarm; a program of another user does', () => {
    expect(standing(refused(10, 'client-not-mail')).kind).toBe('ready');
    expect(standing(refused(10, 'client-other-user')).kind).toBe('refused');
  });

  test('a question about this relay goes before its refusal; one of another account is not its own', () => {
    expect(standing(refused(10), [asked])).toEqual({ kind: 'question', id: asked.id });
    expect(standing(refused(10), [{ ...asked, account: 'Home' }]).kind).toBe('refused');
    expect(standing({}, [{ ...asked, relays: ['work-smtp'] }]).kind).toBe('ready');
  });

  test('not listening anywhere goes before everything; one of two addresses is enough', () => {
    expect(standing({ listeners: [failed] }, [asked]).kind).toBe('not-listening');
    expect(standing({ listeners: [failed, ...fresh.listeners] }).kind).toBe('ready');
  });

  test('paused', () => {
    expect(standing({}, [], true).kind).toBe('paused');
    expect(standing(refused(10), [], true).kind).toBe('refused');
  });
});

test('live sessions add up, of this relay alone', () => {
  const newest = protection('imap.example.org', { verifiedAt: ago(1) });
  const sessions = [
    session('s1', fresh.name, 'Work', { bytesUp: 1, bytesDown: 10, protection: newest }),
    session('s2', fresh.name, 'Work', { bytesUp: 2, bytesDown: 20 }),
    session('s3', 'home-imap', 'Home', { bytesUp: 400, bytesDown: 400 }),
  ];
  expect(liveSessions(fresh.name, sessions)).toEqual({ count: 2, bytesUp: 3, bytesDown: 30, protection: newest });
});

test.each<[string, RelayRow[], (typeof asked)[], boolean]>([
  ['well', [fresh], [], false],
  ['paused', [fresh], [], true],
  ['refused', [fresh, { ...fresh, ...refused(5) }], [], true],
  ['refused', [{ ...fresh, listeners: [failed] }], [], false],
  ['question', [{ ...fresh, ...refused(5) }], [asked], true],
])('all together: %s', (word, relays, questions, paused) => {
  expect(overallStanding(relays, about(...questions), [], paused)).toBe(word);
});

describe('an account that waits for a sign-in', () => {
  const needed = { reason: 'consent-missing', since: ago(60) } as const;
  const waiting: AccountRow = { name: 'Work', signIn: { kind: 'oauth', user: 'alice', needed } };
  const signedIn: AccountRow = { name: 'Work', signIn: { kind: 'oauth', user: 'alice', signedInAt: ago(60) } };

  test('goes before what was refused, and behind every question', () => {
    const row = { ...fresh, ...refused(5) };
    expect(relayStanding(row, none, about(), needed, true)).toEqual({ kind: 'sign-in', reason: 'consent-missing' });
    expect(relayStanding(row, none, about(asked), needed, false).kind).toBe('question');
    expect(relayStanding({ ...row, listeners: [failed] }, none, about(), needed, false).kind).toBe('not-listening');
    expect(overallStanding([row], about(), [waiting], true)).toBe('sign-in');
    expect(overallStanding([row], about(asked), [waiting], false)).toBe('question');
    expect(overallStanding([row], about(asked, alarm), [waiting], false)).toBe('alarm');
  });

  test('is none once it is signed in', () => {
    expect(overallStanding([fresh], about(), [signedIn], false)).toBe('well');
    expect(waitingAccounts([waiting, signedIn])).toEqual([waiting]);
  });
});
