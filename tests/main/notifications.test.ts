import { describe, expect, test } from 'vitest';
import type { Notice } from '../../main/notices.ts';
import { createNotifications } from '../../main/notifications.ts';
import type { CertificateQuestion, Change, RelayRow } from '../../proxy/contract/index.ts';
import { told } from '../support/findings.ts';
import { alarmRow, questionRow, refusedAt, relayRow } from './desktop/support.ts';

function prepare() {
  let now = 0;
  let reached: boolean | Promise<boolean> = true;
  const shown: Notice[] = [];
  const known = new Set<string>();
  const notifications = createNotifications(
    (notice) => {
      shown.push(notice);
      return reached;
    },
    {
      knows: (relay, address) => known.has(`${address} ${relay}`),
      add: (relay, address) => known.add(`${address} ${relay}`),
      forgetListed(relay, devices) {
        for (const { address, listed } of devices) if (listed) known.delete(`${address} ${relay}`);
      },
    },
    () => now,
  );
  const hear = (...changes: Omit<Change, 'revision'>[]) => notifications.hear(changes as Change[]);
  return {
    ...{ notifications, shown },
    ask: (id: string, host = 'imap.example.org') =>
      hear({ table: 'questions', key: id, row: questionRow(id, { host }) } as never),
    answered: (id: string) => hear({ table: 'questions', key: id, row: null }),
    refuse(at: string, reason?: NonNullable<RelayRow['lastRefusal']>['reason'], server = 'imap.example.org') {
      hear({
        table: 'relays',
        key: server,
        row: relayRow(server, { server, lastRefusal: refusedAt(at, reason) }),
      } as never);
    },
    later(milliseconds: number) {
      now += milliseconds;
    },
    /** Whether anybody sees what is shown from now on. */
    reaching(whether: boolean | Promise<boolean>) {
      reached = whether;
    },
  };
}

const hour = 3_600_000;

test('an alarm is sharp, names the account, and is told also where a question about the server was', () => {
  const { notifications, shown, ask } = prepare();
  ask('abc');
  const row = alarmRow('abc', { account: 'Home' });
  const hear = (changed: typeof row) =>
    notifications.hear([{ revision: 1, table: 'questions', key: 'abc', row: changed }]);
  hear(row);
  hear(row);
  expect(shown.slice(1)).toEqual([
    {
      title: 'The connection to imap.example.org may be intercepted',
      body: expect.stringContaining('Nothing of Home was sent.'),
      place: { page: 'certificates', item: 'abc' },
      urgent: true,
      occasion: { kind: 'alarm', account: 'Home', server: 'imap.example.org' },
    },
  ]);
});

test('encryption that has vanished is told as an alarm', () => {
  const { notifications, shown } = prepare();
  const { message, diagnosis } = told({ code: 'encryption-vanished' }, { server: 'imap.example.org', port: 143 });
  const lastRefusal = { reason: 'starttls-not-offered', at: '2026-11-16T10:00:00Z', message, diagnosis } as const;
  const row = relayRow('imap', { lastRefusal });
  notifications.hear([{ revision: 1, table: 'relays', key: 'imap', row }]);
  expect(shown).toEqual([
    {
      title: 'The connection to imap.example.org may be intercepted',
      body: expect.stringMatching(/offered encryption before, and now it does not\. Nothing of Work was sent\./),
      place: { page: 'overview' },
      urgent: true,
      occasion: { kind: 'alarm', account: 'Work', server: 'imap.example.org' },
    },
  ]);
});

test('a question that the server has answered by proving itself again is no news', () => {
  const { notifications, shown } = prepare();
  const row = alarmRow('abc', { provedAgainAt: '2026-01-01T00:00:00Z' });
  notifications.hear([{ revision: 1, table: 'questions', key: 'abc', row }]);
  expect(shown).toEqual([]);
});

test('95: many servers that cannot be verified at once are one summary after the first few', () => {
  const { ask, shown } = prepare();
  for (let number = 0; number < 50; number += 1) ask(`q${number}`, `host${number}.example.org`);
  expect(shown).toHaveLength(5);
  expect(shown.at(-1)).toMatchObject({
    title: 'Many servers cannot be verified',
    place: { page: 'certificates' },
  });
});

test('a question is told with who asks, and leads to it', () => {
  const { ask, shown } = prepare();
  ask('abc');
  expect(shown).toEqual([
    {
      title: 'Is this really imap.example.org?',
      body: 'The certificate of the server could not be verified. Nothing of Work is sent there until you decide.',
      place: { page: 'certificates', item: 'abc' },
      urgent: true,
      occasion: { kind: 'question', account: 'Work', server: 'imap.example.org' },
    },
  ]);
});

test('a certificate that has changed is told as that, also soon after another question about the server', () => {
  const { notifications, shown, ask } = prepare();
  ask('abc');
  const row = questionRow('def', { history: { kind: 'changed', previous: {} } as CertificateQuestion['history'] });
  for (const _ of ['met', 'met again']) notifications.hear([{ revision: 1, table: 'questions', key: 'def', row }]);
  expect(shown.slice(1)).toEqual([
    {
      title: 'imap.example.org shows another certificate than before',
      body: expect.stringMatching(
        /^It is not the one that you trusted\. Nothing of Work is sent there until you decide/,
      ),
      place: { page: 'certificates', item: 'def' },
      urgent: true,
      occasion: { kind: 'question', account: 'Work', server: 'imap.example.org' },
    },
  ]);
});

test('a question that is met again is not told again, however late', () => {
  const { ask, shown, later } = prepare();
  ask('abc');
  later(hour * 5);
  ask('abc');
  expect(shown).toHaveLength(1);
});

test('one an hour for each host: a server that makes up certificates is told of once', () => {
  const { ask, shown, later } = prepare();
  for (let number = 0; number < 100; number += 1) ask(`q${number}`);
  expect(shown).toHaveLength(1);
  ask('other', 'smtp.example.org');
  expect(shown).toHaveLength(2);
  later(hour);
  ask('new');
  expect(shown).toHaveLength(3);
});

test('a question that was answered and comes again is news, after its hour', () => {
  const { ask, answered, shown, later } = prepare();
  ask('abc');
  answered('abc');
  later(hour);
  ask('abc');
  expect(shown).toHaveLength(2);
});

test('a refusal is told with its words, and leads to its account; one an hour for each host and reason', () => {
  const { refuse, shown, later } = prepare();
  refuse('2026-11-16T10:00:00Z');
  refuse('2026-11-16T10:00:00Z');
  refuse('2026-11-16T10:01:00Z');
  expect(shown).toEqual([
    {
      title: 'imap.example.org: The server’s encryption is out of date',
      body: expect.stringMatching(
        /^imap\.example\.org knows only versions of TLS that can be broken\. Ask the provider/,
      ),
      place: { page: 'accounts', item: 'Work' },
    },
  ]);
  refuse('2026-11-16T10:02:00Z', 'weak-cipher');
  refuse('2026-11-16T10:02:00Z', 'weak-cipher', 'smtp.example.org');
  expect(shown).toHaveLength(3);
  later(hour);
  refuse('2026-11-16T11:02:00Z');
  expect(shown).toHaveLength(4);
});

test.each(['certificate-undecided', 'client-not-mail'] as const)(
  '%s is not told: the question says more, a stranger nothing',
  (reason) => {
    const { refuse, shown } = prepare();
    refuse('2026-11-16T10:00:00Z', reason);
    expect(shown).toEqual([]);
  },
);

test('what stood in the state before is no news: only changes are looked at', () => {
  const { notifications, shown } = prepare();
  notifications.hear([{ revision: 1, table: 'relays', key: 'a', row: relayRow('a') }]);
  expect(shown).toEqual([]);
});

test('texts of a server are inert', () => {
  const { ask, shown } = prepare();
  ask('abc', 'a\u202e\u0007b');
  expect(shown[0]?.title).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
});

test('that it started again is told once an hour; that it still runs, once', () => {
  const { notifications, shown, later } = prepare();
  notifications.restarted();
  notifications.restarted();
  notifications.stillRunning();
  later(hour * 2);
  notifications.stillRunning();
  notifications.restarted();
  expect(shown.map(({ title }) => title)).toEqual([
    'Postern had to start again',
    'Postern keeps running',
    'Postern had to start again',
  ]);
});

test('a choice in the tray that came to nothing is told every time, with the reason', () => {
  const { notifications, shown } = prepare();
  notifications.notDone('pause', 'The core ended.');
  notifications.notDone('pause', 'The core ended.');
  const notice = { title: 'Postern could not be paused', body: 'The core ended.', place: { page: 'overview' } };
  expect(shown).toEqual([notice, notice]);
});

test('a certificate that ends soon is told, and leads to the overview', () => {
  const { notifications, shown } = prepare();
  const soon = {
    kind: 'certificate-expiring',
    host: 'imap.example.org',
    notAfter: '2026-12-01T00:00:00.000Z',
  } as const;
  const row = { number: 1, at: '', relay: 'work-imap', account: 'Work', ...soon, threshold: 14, daysLeft: 9 };
  notifications.hear([{ revision: 1, table: 'activity', key: '1', row }] as Change[]);
  expect(shown).toEqual([
    {
      title: 'The certificate of imap.example.org ends in 9 days',
      body: 'After 2026-12-01 everything is held back until the provider has renewed it. Most do so by themselves; if the server is yours, renew it now.',
      place: { page: 'overview' },
      occasion: { kind: 'certificate-expiring', account: 'Work', server: 'imap.example.org' },
    },
  ]);
});

test('a sign-in that is needed is told once, whatever steps it goes through, and again when it is needed anew', () => {
  const { notifications, shown, refuse, later } = prepare();
  const hear = (needed: { reason: 'consent-gone'; since: string; url?: string } | null) => {
    const signIn = { kind: 'oauth' as const, user: 'u', ...(needed ? { needed } : {}) };
    notifications.hear([{ revision: 1, table: 'accounts', key: 'Home', row: { name: 'Home', signIn } }]);
  };
  hear({ reason: 'consent-gone', since: '1' });
  hear({ reason: 'consent-gone', since: '1', url: 'https://issuer.test/' });
  refuse('2026-01-01T00:00:00Z', 'sign-in-needed');
  expect(shown).toEqual([
    {
      title: 'Home waits for you to sign in',
      body: expect.stringContaining('The consent at the provider has ended.'),
      place: { page: 'accounts', item: 'Home' },
      urgent: true,
      occasion: { kind: 'sign-in-needed', account: 'Home' },
    },
  ]);
  hear(null);
  later(hour);
  hear({ reason: 'consent-gone', since: '2' });
  expect(shown).toHaveLength(2);
});

describe('a device that knocks', () => {
  function knocking() {
    const at = prepare();
    let minute = 0;
    const hear = (relay: string, more: Partial<RelayRow>) => {
      const row = relayRow(relay, { server: 'smtp.example.org', ...more });
      at.notifications.hear([{ revision: 1, table: 'relays', key: relay, row } as never]);
    };
    /** @returns how many notices there have been, once it is known whether anybody saw this one */
    async function knock(from: string, relay = 'scans') {
      minute += 1;
      const refused = refusedAt(new Date(minute * 60_000).toISOString(), 'device-not-allowed');
      const diagnosis = { ...refused.diagnosis, code: 'device-not-allowed', facts: { from, device: 'not-listed' } };
      hear(relay, { lastRefusal: { ...refused, diagnosis } as never });
      await Promise.resolve();
      return at.shown.length;
    }
    return { ...at, hear, knock };
  }

  test('is told of once, however often it knocks, and each device is', async () => {
    const { knock, later } = knocking();
    expect([await knock('192.168.7.33'), await knock('192.168.7.33')]).toEqual([1, 1]);
    later(2 * hour);
    expect(await knock('192.168.7.33')).toBe(1);
    expect([await knock('192.168.7.34'), await knock('192.168.7.33', 'other relay')]).toEqual([2, 3]);
  });

  test('and is let in, is news when it is shut out again', async () => {
    const { hear, knock } = knocking();
    await knock('192.168.7.33');
    const device = { address: '192.168.7.33', lastSeen: '', messages: 1, refusals: 1 };
    hear('scans', { devices: [{ ...device, listed: false }] });
    expect(await knock('192.168.7.33')).toBe(1);
    hear('scans', { devices: [{ ...device, listed: true }] });
    expect(await knock('192.168.7.33')).toBe(2);
  });

  test('of which nobody was told is told of when it knocks again, not while somebody is being told', async () => {
    const { knock, reaching } = knocking();
    reaching(false);
    expect([await knock('192.168.7.33'), await knock('192.168.7.33')]).toEqual([1, 2]);
    let arrive = (_: boolean) => {};
    reaching(
      new Promise<boolean>((resolve) => {
        arrive = resolve;
      }),
    );
    expect([await knock('192.168.7.33'), await knock('192.168.7.33')]).toEqual([3, 3]);
    arrive(true);
    await new Promise(setImmediate);
    expect(await knock('192.168.7.33')).toBe(3);
  });

  test('among many is told of when it knocks again, and a flood of addresses is a few notices an hour', async () => {
    const { knock, later } = knocking();
    for (let n = 1; n <= 200; n += 1) await knock(`fd00::${n}`);
    expect(await knock('192.168.7.33')).toBe(4);
    later(hour + 1);
    expect(await knock('192.168.7.33')).toBe(5);
    for (let n = 1; n <= 200; n += 1) await knock(`fd00::${n}`);
    expect(await knock('192.168.7.33')).toBe(8);
  });
});
