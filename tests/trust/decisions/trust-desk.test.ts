import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type CertificateDecision,
  type CertificateProblem,
  concernsOf,
  hasProvedSince,
  type RelayRow,
} from '../../../proxy/contract/index.ts';
import type { Judgement } from '../../../proxy/trust/judging/judge.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { CertificateQuestioned } from '../../../proxy/trust/tls/secure-upstream.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { type Identity, issue, keyPair, selfSigned } from '../../support/pki.ts';
import { authority, connect, failure, openDesk, serve, type TestDesk } from '../support.ts';

const subject = { account: 'Work', relay: 'work-imap', server: 'mail.example.org', port: 993 };
const names = ['mail.example.org'];
const keys = keyPair();
const first = selfSigned({ names, key: keys });
const sameKey = selfSigned({ names, key: keys });
const otherKey = selfSigned({ names });

function judgement(identity: Identity, ...problems: CertificateProblem[]): Judgement {
  return {
    problems,
    details: problems.map((problem) => ({ problem, text: 'A sentence of the certificate.' })),
    certificate: summarise(readCertificate(identity.der)),
    chain: [],
  };
}

function ask({ desk }: TestDesk, identity: Identity, problems: CertificateProblem[], at: Partial<typeof subject> = {}) {
  return desk.decide({ ...subject, ...at }, judgement(identity, ...problems));
}

/** Raises a question and answers it. */
async function decide(on: TestDesk, identity: Identity, problems: CertificateProblem[], answer: 'once' | 'always') {
  const verdict = ask(on, identity, problems);
  if (verdict.kind !== 'ask') throw new Error(`expected a question, found ${verdict.kind}`);
  return on.desk.approve(verdict.id, answer);
}

/** A session was secured with a certificate that the person trusts. */
function met({ store }: TestDesk, identity: Identity, decision: string) {
  store.memory.secured(subject, {
    tlsVersion: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    certificate: summarise(readCertificate(identity.der)),
    trust: { kind: 'trusted-by-you', decision },
    verifiedAt: new Date().toISOString(),
  });
}

const everything = ['reject', 'once', 'always'];

describe('what may be decided depends on what was seen', () => {
  test('never verified: anything', async () => {
    const on = await openDesk();
    const verdict = ask(on, first, ['self-signed', 'expired']);
    expect(verdict).toMatchObject({ kind: 'ask', finding: { code: 'self-signed' } });
    expect(on.state.all('questions')).toMatchObject([
      { ...{ account: 'Work', host: 'mail.example.org', port: 993 }, relays: ['work-imap'], timesMet: 1, waiting: 0 },
    ]);
    expect(on.state.all('questions')[0]).toMatchObject({ history: { kind: 'new' }, offers: everything });
  });

  test('verified before, now expired with the same key: reject, or once', async () => {
    const on = await openDesk();
    expect(ask(on, first, [])).toEqual({ kind: 'accept', trust: { kind: 'verified' } });
    expect(ask(on, sameKey, ['expired'])).toMatchObject({ kind: 'ask' });
    expect(on.state.all('questions')).toMatchObject([
      { history: { kind: 'verified-then-expired' }, offers: ['reject', 'once'] },
    ]);
  });

  test('the very certificate that was verified, by a clock that is behind: reject, or once, and no alarm', async () => {
    const on = await openDesk();
    ask(on, first, []);
    expect(ask(on, first, ['not-yet-valid'])).toMatchObject({
      kind: 'ask',
      finding: { code: 'certificate-not-yet-valid', facts: { verifiedAt: expect.stringMatching(/^\d{4}-/) } },
    });
    const [question] = on.state.all('questions');
    expect(question).toMatchObject({
      history: { kind: 'verified-then-not-yet-valid', lastVerifiedAt: expect.any(String) },
      offers: ['reject', 'once'],
    });
    const relays = [{ name: 'work-imap', account: 'Work', server: subject.server, port: 993 } as RelayRow];
    const concerns = () =>
      concernsOf({
        questions: on.state.all('questions'),
        decisions: on.state.all('decisions'),
        servers: on.state.all('servers'),
        relays,
      });
    expect(concerns().alarms).toEqual([]);
    const { decidedAt } = await on.desk.reject(question?.id ?? '');
    // Shown once more later than it was verified.
    const later = new Date(Date.parse(decidedAt) + 60_000).toISOString();
    const decisions = on.state.all('decisions').map((row) => ({ ...row, decidedAt: later }));
    expect(concernsOf({ questions: [], decisions, servers: on.state.all('servers'), relays }).alarms).toEqual([]);
  });

  test.each<[string, Identity, CertificateProblem[]]>([
    ['not valid yet, with the same key in another certificate', sameKey, ['not-yet-valid']],
    ['not valid yet and for another name', first, ['not-yet-valid', 'name-mismatch']],
    ['expired with another key', otherKey, ['expired']],
    ['expired and for another name', sameKey, ['expired', 'name-mismatch']],
    ['signed by itself', otherKey, ['self-signed']],
    ['for another name with the same key', sameKey, ['name-mismatch']],
  ])('verified before, now %s: rejecting alone, and nobody is held', async (_, identity, problems) => {
    const on = await openDesk();
    ask(on, first, []);
    const verdict = ask(on, identity, problems);
    expect(verdict).toMatchObject({ kind: 'refuse', reason: 'certificate-undecided' });
    const [question] = on.state.all('questions');
    expect(question).toMatchObject({
      history: { kind: 'verified-then-failing', previous: { fingerprint: first.fingerprint } },
      offers: ['reject'],
    });
    await expect(on.desk.approve(question?.id ?? '', 'always')).rejects.toMatchObject({ code: 'not-offered' });
    await expect(on.desk.approve(question?.id ?? '', 'once')).rejects.toMatchObject({ code: 'not-offered' });
    expect(await on.desk.reject(question?.id ?? '')).toMatchObject({ decision: 'reject' });
  });

  test('verified before and forgotten: a new server again', async () => {
    const on = await openDesk();
    ask(on, first, []);
    ask(on, otherKey, ['self-signed']);
    const [server] = on.state.all('servers');
    const [alarm] = on.state.all('questions');
    await on.desk.reject(alarm?.id ?? '');
    expect(ask(on, otherKey, ['self-signed'])).toMatchObject({ reason: 'certificate-rejected' });
    expect(await on.desk.forget(server?.id ?? '')).toBe('server');
    expect(on.state.all('decisions')).toEqual([]);
    ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')).toMatchObject([{ history: { kind: 'new' }, offers: everything }]);
    expect(ask(on, otherKey, ['self-signed'])).toMatchObject({ kind: 'ask' });
  });

  test('trusted by the person, same key and new dates: a renewal', async () => {
    const on = await openDesk();
    await decide(on, first, ['self-signed'], 'always');
    expect(ask(on, sameKey, ['self-signed'])).toMatchObject({ kind: 'ask' });
    expect(on.state.all('questions')).toMatchObject([
      {
        problems: ['self-signed'],
        history: { kind: 'renewed', previous: { fingerprint: first.fingerprint } },
        offers: everything,
      },
    ]);
  });

  test('trusted by the person, another key: changed, and the decision binds without that word', async () => {
    const on = await openDesk();
    await decide(on, first, ['self-signed'], 'always');
    const verdict = ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')).toMatchObject([
      {
        problems: ['self-signed', 'changed'],
        history: { kind: 'changed', previous: { fingerprint: first.fingerprint } },
        offers: everything,
      },
    ]);
    if (verdict.kind !== 'ask') throw new Error('expected a question');
    await on.desk.approve(verdict.id, 'always');
    expect(ask(on, otherKey, ['self-signed'])).toMatchObject({ kind: 'accept', trust: { decision: verdict.id } });
  });
});

describe('nobody may accept', () => {
  test.each<[CertificateProblem, string]>([
    ['revoked', 'certificate-revoked'],
    ['weak-key', 'certificate-rejected'],
    ['weak-signature', 'certificate-rejected'],
  ])('%s: refused without a question', async (problem, reason) => {
    const on = await openDesk();
    expect(ask(on, first, ['self-signed', problem])).toMatchObject({ kind: 'refuse', reason });
    expect(on.state.all('questions')).toEqual([]);
    expect(on.events).toEqual([]);
  });
});

describe('a decision', () => {
  test.each(['once', 'always'] as const)(
    '%s lets the same certificate in, as trusted by the person',
    async (answer) => {
      const on = await openDesk();
      const { id } = await decide(on, first, ['self-signed'], answer);
      expect(ask(on, first, ['self-signed'])).toEqual({
        kind: 'accept',
        trust: { kind: 'trusted-by-you', decision: id },
      });
      expect(on.state.all('decisions')).toMatchObject([{ id, decision: answer, problems: ['self-signed'] }]);
      expect(on.state.all('questions')).toEqual([]);
      expect(on.events).toMatchObject([
        { event: 'certificate-pending', id, relay: 'work-imap' },
        { event: 'certificate-decided', id, decision: answer },
      ]);
    },
  );

  test.each<[string, Identity, CertificateProblem[], Partial<typeof subject>]>([
    ['another certificate', sameKey, ['self-signed'], {}],
    ['a new problem', first, ['self-signed', 'expired'], {}],
    ['a problem less', first, ['name-mismatch'], {}],
    ['another account', first, ['self-signed'], { account: 'Home' }],
    ['another server', first, ['self-signed'], { server: 'smtp.example.org' }],
    ['another port', first, ['self-signed'], { port: 465 }],
  ])('does not hold for %s', async (_, identity, problems, at) => {
    const on = await openDesk();
    await decide(on, first, ['self-signed'], 'always');
    expect(ask(on, identity, problems, at)).toMatchObject({ kind: 'ask' });
  });

  test('holds for every relay of the account', async () => {
    const on = await openDesk();
    await decide(on, first, ['self-signed'], 'always');
    expect(ask(on, first, ['self-signed'], { relay: 'another' })).toMatchObject({ kind: 'accept' });
  });

  test('to reject an alarm is not its end: that is for the server to prove, to the moment', async () => {
    let at = Date.now();
    const on = await openDesk({ now: () => new Date(at) });
    const concerns = () => {
      const relays = [{ name: subject.relay, account: subject.account, server: subject.server, port: subject.port }];
      const [questions, decisions] = [on.state.all('questions'), on.state.all('decisions')];
      return concernsOf({ questions, decisions, servers: on.state.all('servers'), relays: relays as RelayRow[] })
        .alarms;
    };
    ask(on, first, []);
    ask(on, otherKey, ['self-signed']);
    const [alarm] = on.state.all('questions');
    const id = String(alarm?.id);
    expect(concerns()).toMatchObject([{ id }]);
    at += 1_000;
    await on.desk.reject(id);
    expect(concerns()).toMatchObject([{ id, rejectedAt: expect.any(String) }]);
    // The mail program, too, is told the reason: not merely that somebody said no.
    expect(ask(on, otherKey, ['self-signed'])).toMatchObject({
      reason: 'certificate-rejected',
      finding: { code: 'certificate-turned-bad' },
    });
    at += 1_000;
    ask(on, first, []);
    expect(concerns()).toEqual([]);
    at += 1_000;
    ask(on, otherKey, ['self-signed']);
    expect(concerns()).toMatchObject([{ id }]);
    const ended = () => on.events.filter(({ event }) => event === 'alarm-ended');
    expect(ended()).toHaveLength(1);
    at += 1_000;
    ask(on, first, []);
    expect(concerns()).toEqual([]);
    ask(on, first, []);
    const { account, server: host, port } = subject;
    const over = { event: 'alarm-ended', account, host, port, what: 'certificate' };
    expect(ended()).toEqual([over, over]);
  });

  test('honest: to reject what a server showed before it proved itself again raises no alarm', async () => {
    let at = Date.now();
    const on = await openDesk({ now: () => new Date(at) });
    ask(on, first, []);
    ask(on, otherKey, ['self-signed']);
    const [alarm] = on.state.all('questions');
    at += 1_000;
    ask(on, first, []);
    at += 1_000;
    expect(await on.desk.reject(String(alarm?.id))).toMatchObject({ shownAt: alarm?.askedAt });
    const [server] = on.state.all('servers');
    expect(server && hasProvedSince(on.state.all('decisions')[0] as CertificateDecision, server)).toBe(true);
  });

  test('to reject is final until it is forgotten, and says so', async () => {
    const on = await openDesk();
    const verdict = ask(on, first, ['self-signed']);
    if (verdict.kind !== 'ask') throw new Error('expected a question');
    await on.desk.reject(verdict.id);
    expect(ask(on, first, ['self-signed'])).toMatchObject({
      kind: 'refuse',
      reason: 'certificate-rejected',
      finding: { code: 'certificate-rejected' },
    });
    expect(await on.desk.forget(verdict.id)).toBe('decision');
    expect(ask(on, first, ['self-signed'])).toMatchObject({ kind: 'ask' });
  });

  test('retires itself when the server verifies, and the server is known from then on', async () => {
    const on = await openDesk();
    const { id } = await decide(on, first, ['self-signed'], 'always');
    const here = [...on.events];
    expect(ask(on, otherKey, [])).toEqual({ kind: 'accept', trust: { kind: 'verified' } });
    expect(on.events.slice(here.length)).toMatchObject([
      { event: 'certificate-decided', id, decision: 'retired', host: 'mail.example.org' },
    ]);
    expect(on.state.all('decisions')).toEqual([]);
    expect(on.state.all('servers')).toMatchObject([
      { host: 'mail.example.org', certificate: { fingerprint: otherKey.fingerprint } },
    ]);
    expect(ask(on, first, ['self-signed'])).toMatchObject({ kind: 'refuse', reason: 'certificate-undecided' });
  });

  test('to trust another certificate replaces the one before: going back to it is asked about', async () => {
    const on = await openDesk();
    const before = await decide(on, first, ['self-signed'], 'always');
    const resting = on.desk.hold({ fingerprint: first.fingerprint, anchor: null, decision: before.id });
    const here = on.events.length;
    const now = await decide(on, otherKey, ['self-signed'], 'always');
    expect(on.events.slice(here + 1)).toMatchObject([
      { event: 'certificate-decided', id: now.id, decision: 'always' },
      { event: 'certificate-decided', id: before.id, decision: 'replaced', host: 'mail.example.org' },
    ]);
    expect(on.state.all('decisions')).toMatchObject([{ id: now.id }]);
    expect(resting.withdrawn.reason).toMatchObject({ name: 'EndedFromOutside', why: 'decision-forgotten' });
    expect(ask(on, first, ['self-signed'])).toMatchObject({ kind: 'ask' });
    expect(on.state.all('questions')).toMatchObject([
      { history: { kind: 'changed', previous: { fingerprint: otherKey.fingerprint } }, offers: everything },
    ]);
    await on.store.close();
    expect((await openDesk({ directory: on.directory })).state.all('decisions')).toMatchObject([{ id: now.id }]);
  });

  test('replaces nothing but trust in another certificate of the same account, server and port', async () => {
    const on = await openDesk();
    const rejected = ask(on, sameKey, ['self-signed']);
    if (rejected.kind !== 'ask') throw new Error('expected a question');
    await on.desk.reject(rejected.id);
    for (const at of [{ account: 'Home' }, { port: 465 }, { server: 'smtp.example.org' }]) {
      const verdict = ask(on, first, ['self-signed'], at);
      if (verdict.kind !== 'ask') throw new Error('expected a question');
      await on.desk.approve(verdict.id, 'always');
    }
    await decide(on, otherKey, ['self-signed'], 'always');
    await decide(on, otherKey, ['self-signed', 'expired'], 'always');
    expect(on.state.all('decisions')).toHaveLength(6);
  });

  test('once leaves what is trusted always as it was, and replaces another once', async () => {
    const on = await openDesk();
    const always = await decide(on, first, ['self-signed'], 'always');
    await decide(on, sameKey, ['self-signed'], 'once');
    const once = await decide(on, otherKey, ['self-signed'], 'once');
    expect(on.state.all('decisions').map(({ id }) => id)).toEqual([always.id, once.id]);
  });

  test('of another account does not retire', async () => {
    const on = await openDesk();
    await decide(on, first, ['self-signed'], 'always');
    ask(on, otherKey, [], { account: 'Home' });
    expect(on.state.all('decisions')).toHaveLength(1);
  });

  test('is not needed any more while the server proves itself, until it fails again', async () => {
    const on = await openDesk();
    ask(on, first, []);
    ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')[0]?.provedAgainAt).toBeUndefined();
    expect(on.events.map(({ event }) => event)).not.toContain('alarm-ended');
    // A connection from another account proves it as well.
    ask(on, first, [], { account: 'Home', server: 'MAIL.example.org.' });
    const { provedAgainAt } = on.state.all('questions')[0] ?? {};
    expect(provedAgainAt).toMatch(/^\d{4}-/);
    expect(on.events.at(-1)).toMatchObject({ event: 'alarm-ended', account: subject.account, what: 'certificate' });
    await on.store.close();
    expect((await openDesk({ directory: on.directory })).state.all('questions')).toMatchObject([{ provedAgainAt }]);
    ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')[0]?.provedAgainAt).toBeUndefined();
  });

  test('that is forgotten is told to those who rest on it', async () => {
    const on = await openDesk();
    const { id } = await decide(on, first, ['self-signed'], 'always');
    const grounds = { fingerprint: first.fingerprint, anchor: null };
    const resting = on.desk.hold({ ...grounds, decision: id });
    const closed = on.desk.hold({ ...grounds, decision: id });
    const other = on.desk.hold({ ...grounds, decision: 'feedfacefeedface' });
    closed.release();
    await on.desk.forget(id);
    expect(resting.withdrawn.reason).toMatchObject({ name: 'EndedFromOutside', why: 'decision-forgotten' });
    expect([closed, other].map(({ withdrawn }) => withdrawn.aborted)).toEqual([false, false]);
    expect(on.events.at(-1)).toMatchObject({ event: 'certificate-decided', id, decision: 'forgotten' });
  });

  test('about what is not pending is refused', async () => {
    const on = await openDesk();
    const { id } = await decide(on, first, ['self-signed'], 'always');
    for (const known of [id, 'feedfacefeedface']) {
      const message = expect.stringContaining(known === id ? 'is trusted already, by your decision' : 'No question');
      await expect(on.desk.approve(known, 'once')).rejects.toMatchObject({ code: 'not-pending', message });
      await expect(on.desk.reject(known)).rejects.toMatchObject({ code: 'not-pending', message });
    }
    ask(on, { ...first, fingerprint: '5e'.repeat(32) }, [], { server: 'other.example.org' });
    const [server] = on.state.all('servers');
    await expect(on.desk.approve(server?.id ?? '', 'once')).rejects.toMatchObject({
      code: 'not-pending',
      message: expect.stringContaining('proved who it is'),
    });
    await expect(on.desk.forget('feedfacefeedface')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a question', () => {
  test('is one, whoever meets it, and is told once', async () => {
    const on = await openDesk();
    for (const relay of ['a', 'b', 'a', 'c']) ask(on, first, ['self-signed'], { relay });
    expect(on.state.all('questions')).toMatchObject([{ relays: ['a', 'b', 'c'], timesMet: 4 }]);
    expect(on.events).toHaveLength(1);
  });

  test('outlives a restart, and so do decisions for always; those for once do not', async () => {
    const before = await openDesk();
    const other = { server: 'other.example.org' };
    await decide(before, first, ['self-signed'], 'always');
    const once = ask(before, first, ['self-signed'], other);
    if (once.kind !== 'ask') throw new Error('expected a question');
    await before.desk.approve(once.id, 'once');
    ask(before, sameKey, ['expired', 'self-signed']);
    ask(before, first, [], { server: 'verified.example.org' });
    await before.store.close();

    const after = await openDesk({ directory: before.directory });
    expect(after.state.get('core', 'core')?.warnings).toEqual([]);
    expect(after.state.all('decisions')).toMatchObject([{ decision: 'always', host: 'mail.example.org' }]);
    expect(after.state.all('servers')).toEqual(before.state.all('servers'));
    expect(after.state.all('questions')).toEqual(before.state.all('questions'));
    expect(ask(after, first, ['self-signed'])).toMatchObject({ kind: 'accept' });
    expect(ask(after, first, ['self-signed'], other)).toMatchObject({ kind: 'ask' });
  });

  test('about a server that was trusted for one session still says so after a restart', async () => {
    const before = await openDesk();
    const { id } = await decide(before, first, ['self-signed'], 'once');
    met(before, first, id);
    ask(before, otherKey, ['self-signed']);
    const changed = {
      problems: ['self-signed', 'changed'],
      history: { kind: 'changed', previous: { fingerprint: first.fingerprint } },
    };
    expect(before.state.all('questions')).toMatchObject([changed]);
    await before.store.close();

    const after = await openDesk({ directory: before.directory });
    ask(after, otherKey, ['self-signed']);
    expect(after.state.all('questions')).toMatchObject([{ ...changed, timesMet: 2 }]);
    ask(after, sameKey, ['self-signed']);
    expect(after.state.all('questions').at(-1)).toMatchObject({
      problems: ['self-signed'],
      history: { kind: 'renewed' },
    });
    ask(after, first, ['self-signed']);
    expect(after.state.all('questions').at(-1)?.history).toEqual({ kind: 'new', before: 'trusted' });
    await after.store.close();
    const later = await openDesk({ directory: before.directory });
    expect(later.state.all('questions')).toEqual(after.state.all('questions'));
  });

  test('about a server whose other certificate was rejected says so, also one that was open then', async () => {
    const on = await openDesk();
    ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')[0]?.history).toEqual({ kind: 'new' });
    const verdict = ask(on, first, ['self-signed']);
    if (verdict.kind !== 'ask') throw new Error('expected a question');
    await on.desk.reject(verdict.id);
    ask(on, sameKey, ['self-signed']);
    const rejected = { kind: 'new', before: 'rejected' };
    expect(on.state.all('questions').map(({ history }) => history)).toEqual([rejected, rejected]);
    await on.desk.forget(verdict.id);
    expect(on.state.all('questions').map(({ history }) => history)).toEqual([{ kind: 'new' }, { kind: 'new' }]);
  });

  test('is closed when the server has changed again, not while it shows either', async () => {
    const on = await openDesk();
    const asked = () => on.state.all('questions').map(({ certificate }) => certificate.fingerprint);
    for (const identity of [first, otherKey, first, otherKey]) ask(on, identity, ['self-signed']);
    expect(asked()).toEqual([first.fingerprint, otherKey.fingerprint]);
    ask(on, otherKey, ['self-signed']);
    expect(asked()).toEqual([otherKey.fingerprint]);
    expect(on.events.at(-1)).toMatchObject({ event: 'certificate-decided', decision: 'superseded' });
  });

  test('is closed when the server shows another certificate that is trusted, unless it holds a mail program', async () => {
    const on = await openDesk();
    const verdict = ask(on, first, ['self-signed']);
    if (verdict.kind !== 'ask') throw new Error('expected a question');
    const controller = new AbortController();
    const waiting = on.desk.waitForDecision(verdict.id, 60_000, controller.signal);
    ask(on, first, ['self-signed'], { account: 'Home' });
    await decide(on, otherKey, ['self-signed'], 'always');
    ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')).toHaveLength(2);
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    ask(on, otherKey, ['self-signed']);
    expect(on.state.all('questions')).toMatchObject([{ account: 'Home' }]);
    expect(on.events.at(-1)).toMatchObject({ id: verdict.id, decision: 'superseded' });
  });

  test('is closed once its certificate verifies, for every account, and whoever waits tries again', async () => {
    const on = await openDesk();
    const verdict = ask(on, first, ['unknown-issuer']);
    if (verdict.kind !== 'ask') throw new Error('expected a question');
    ask(on, first, ['unknown-issuer'], { account: 'Home' });
    ask(on, otherKey, ['self-signed']);
    const waiting = on.desk.waitForDecision(verdict.id, 60_000, new AbortController().signal);
    ask(on, first, []);
    expect(await waiting).toBe('approved');
    // A question about any other certificate remains, as evidence of what was met.
    expect(on.state.all('questions')).toMatchObject([
      { certificate: { fingerprint: otherKey.fingerprint }, history: { kind: 'verified-then-failing' } },
    ]);
  });

  test('is told again when it is met after a restart', async () => {
    const before = await openDesk();
    ask(before, first, ['self-signed']);
    await before.store.close();
    const after = await openDesk({ directory: before.directory });
    ask(after, first, ['self-signed']);
    ask(after, first, ['self-signed']);
    expect(after.events).toMatchObject([{ event: 'certificate-pending' }]);
  });

  test('can be dropped without an answer', async () => {
    const on = await openDesk();
    const verdict = ask(on, first, ['self-signed']);
    if (verdict.kind !== 'ask') throw new Error('expected a question');
    const waiting = on.desk.waitForDecision(verdict.id, 60_000, new AbortController().signal);
    expect(await on.desk.forget(verdict.id)).toBe('question');
    expect(await waiting).toBe('undecided');
    expect(on.state.all('questions')).toEqual([]);
  });

  test('holds no text of the certificate in what a mail program is told', async () => {
    const on = await openDesk();
    const evil = selfSigned({ names: ['evil.example'], cn: 'Evil' });
    const told = ask(on, evil, ['self-signed', 'name-mismatch']);
    expect(JSON.stringify(told)).not.toMatch(/evil|A sentence/i);
  });
});

test('the whole way: held, approved, tried again, forgotten', async () => {
  const identity = selfSigned({ names });
  const server = await serve(identity);
  const on = await openDesk();
  const question = await failure(connect(server, { desk: on.desk }));
  if (!(question instanceof CertificateQuestioned)) throw question;
  const held = on.desk.waitForDecision(question.questionId, 60_000, new AbortController().signal);
  await turn();
  expect(on.state.get('questions', question.questionId)?.waiting).toBe(1);
  await on.desk.approve(question.questionId, 'always');
  expect(await held).toBe('approved');
  const { protection } = await connect(server, { desk: on.desk });
  expect(protection.trust).toEqual({ kind: 'trusted-by-you', decision: question.questionId });
  expect(server.received()).toBe(0);
});

test('a certificate that is swapped between question and answer is asked about by itself', async () => {
  const on = await openDesk();
  const honest = await serve(selfSigned({ names }));
  const question = await failure(connect(honest, { desk: on.desk }));
  if (!(question instanceof CertificateQuestioned)) throw question;
  await on.desk.approve(question.questionId, 'always');
  const swapped = selfSigned({ names });
  const { port } = await serve(swapped);
  const verdict = on.desk.decide({ ...subject, port: honest.port }, judgement(swapped, 'self-signed'));
  expect(verdict).toMatchObject({ kind: 'ask' });
  expect(await failure(connect({ port }, { desk: on.desk }))).toBeInstanceOf(CertificateQuestioned);
});

test('a server that verifies needs nobody', async () => {
  const on = await openDesk();
  await connect(await serve(issue(authority, { names })), { desk: on.desk });
  expect(on.events).toEqual([]);
  expect(on.state.all('servers')).toHaveLength(1);
});

describe('what was decided at one port is decided at another of the same server', () => {
  test.each(['once', 'always'] as const)('%s, whether or not it was asked about there', async (answer) => {
    const on = await openDesk();
    const decided = await decide(on, first, ['self-signed'], answer);
    const asked = ask(on, first, ['self-signed'], { port: 587 });
    if (asked.kind !== 'ask') throw new Error(`expected a question, found ${asked.kind}`);
    const waiting = on.desk.waitForDecision(asked.id, 60_000, new AbortController().signal);
    await on.desk.repeat(decided, 587);
    expect(await waiting).toBe('approved');
    expect(on.state.all('questions')).toEqual([]);
    await on.desk.repeat(decided, 995);
    for (const port of [587, 995]) expect(ask(on, first, ['self-signed'], { port })).toMatchObject({ kind: 'accept' });
    // Another certificate or another account: neither was decided.
    expect(ask(on, otherKey, ['self-signed'], { port: 587 })).toMatchObject({ kind: 'ask' });
    expect(ask(on, first, ['self-signed'], { port: 995, account: 'Home' })).toMatchObject({ kind: 'ask' });
  });

  test('a rejection, too; and it overrules no other decision there', async () => {
    const on = await openDesk();
    const elsewhere = ask(on, first, ['self-signed'], { port: 995 });
    if (elsewhere.kind !== 'ask') throw new Error(`expected a question, found ${elsewhere.kind}`);
    await on.desk.approve(elsewhere.id, 'always');
    const asked = ask(on, first, ['self-signed']);
    if (asked.kind !== 'ask') throw new Error(`expected a question, found ${asked.kind}`);
    const rejected = await on.desk.reject(asked.id);
    await on.desk.repeat(rejected, 587);
    await on.desk.repeat(rejected, 995);
    expect(ask(on, first, ['self-signed'], { port: 587 })).toMatchObject({ kind: 'refuse' });
    expect(ask(on, first, ['self-signed'], { port: 995 })).toMatchObject({ kind: 'accept' });
  });
});
