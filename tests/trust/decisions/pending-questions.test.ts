import { describe, expect, test } from 'vitest';
import type { Judgement } from '../../../proxy/trust/judging/judge.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { selfSigned } from '../../support/pki.ts';
import { openDesk, type TestDesk } from '../support.ts';

const certificate = summarise(readCertificate(selfSigned({ names: ['mail.example.org'] }).der));

/** A judgement of one of any number of certificates. */
function numbered(number: number): Judgement {
  const fingerprint = number.toString(16).padStart(64, '0');
  return {
    problems: ['self-signed'],
    details: [],
    certificate: { ...certificate, fingerprint, publicKeyFingerprint: fingerprint },
    chain: [],
  };
}

function ask({ desk }: TestDesk, number: number, server = 'mail.example.org'): string {
  const verdict = desk.decide({ account: 'Work', relay: 'r', server, port: 993 }, numbered(number));
  if (verdict.kind !== 'ask') throw new Error(`expected a question, found ${verdict.kind}`);
  return verdict.id;
}

const never = new AbortController().signal;

describe('waiting', () => {
  test('is counted, and ends with the answer for everyone', async () => {
    const on = await openDesk();
    const id = ask(on, 1);
    const held = Array.from({ length: 10 }, () => on.desk.waitForDecision(id, 60_000, never));
    expect(on.state.get('questions', id)?.waiting).toBe(10);
    await on.desk.approve(id, 'once');
    expect(await Promise.all(held)).toEqual(Array(10).fill('approved'));
  });

  test('ends with a rejection too', async () => {
    const on = await openDesk();
    const id = ask(on, 1);
    const held = on.desk.waitForDecision(id, 60_000, never);
    await on.desk.reject(id);
    expect(await held).toBe('rejected');
  });

  test('ends when the time is over, and the question stays', async () => {
    const on = await openDesk();
    const id = ask(on, 1);
    expect(await on.desk.waitForDecision(id, 5, never)).toBe('undecided');
    expect(await on.desk.waitForDecision(id, 0, never)).toBe('undecided');
    expect(on.state.get('questions', id)?.waiting).toBe(0);
  });

  test("ends with the signal, by the signal's reason", async () => {
    const on = await openDesk();
    const id = ask(on, 1);
    const controller = new AbortController();
    const held = on.desk.waitForDecision(id, 60_000, controller.signal);
    const reason = new Error('the mail program hung up');
    controller.abort(reason);
    await expect(held).rejects.toBe(reason);
    await expect(on.desk.waitForDecision(id, 60_000, controller.signal)).rejects.toBe(reason);
    expect(on.state.get('questions', id)?.waiting).toBe(0);
  });

  test('for what was decided a moment ago ends at once', async () => {
    const on = await openDesk();
    const [approved, rejected] = [ask(on, 1), ask(on, 2)];
    await on.desk.approve(approved, 'once');
    await on.desk.reject(rejected);
    expect(await on.desk.waitForDecision(approved, 60_000, never)).toBe('approved');
    expect(await on.desk.waitForDecision(rejected, 60_000, never)).toBe('rejected');
    expect(await on.desk.waitForDecision('feedfacefeedface', 60_000, never)).toBe('undecided');
  });
});

describe('a flood', () => {
  test('of one server fills its own share, drops the oldest and counts', async () => {
    const on = await openDesk({ limits: { questions: 8, questionsPerServer: 3 } });
    const other = ask(on, 1, 'other.example.org');
    const ids = Array.from({ length: 1000 }, (_, number) => ask(on, number));
    expect(on.state.all('questions').map(({ id }) => id)).toEqual([other, ...ids.slice(-3)]);
    expect(on.state.get('core', 'core')?.questionsDropped).toBe(997);
  });

  test('of many servers is bounded in all', async () => {
    const on = await openDesk({ limits: { questions: 8, questionsPerServer: 3 } });
    for (let number = 0; number < 20; number += 1) ask(on, number, `host${number}.example.org`);
    expect(on.state.all('questions')).toHaveLength(8);
    expect(on.state.get('core', 'core')?.questionsDropped).toBe(12);
  });

  test('up to the limit drops nothing', async () => {
    const on = await openDesk({ limits: { questions: 8, questionsPerServer: 3 } });
    for (let number = 0; number < 3; number += 1) ask(on, number);
    expect(on.state.all('questions')).toHaveLength(3);
    expect(on.state.get('core', 'core')?.questionsDropped).toBe(0);
  });

  test('leaves the question that holds a mail program for last', async () => {
    const on = await openDesk({ limits: { questions: 8, questionsPerServer: 3 } });
    const held = ask(on, 1);
    const waiting = on.desk.waitForDecision(held, 60_000, never);
    for (let number = 2; number < 50; number += 1) ask(on, number);
    expect(on.state.get('questions', held)?.waiting).toBe(1);
    const left = Date.parse(String(on.state.get('questions', held)?.heldUntil)) - Date.now();
    expect(left > 0 && left <= 60_000).toBe(true);
    await on.desk.approve(held, 'once');
    expect(await waiting).toBe('approved');
  });
});

describe('one certificate at several ports of a server', () => {
  const shown: Judgement = numbered(1);
  const meet = (
    { desk }: TestDesk,
    port: number,
    about: Partial<Judgement> = {},
    at: { account?: string; server?: string } = {},
  ) =>
    desk.decide(
      { account: 'Work', relay: `r${port}`, server: 'mail.example.org', port, ...at },
      { ...shown, ...about },
    );
  const asked = (verdict: ReturnType<typeof meet>) => (verdict.kind === 'ask' ? verdict.id : verdict.kind);

  test.each(['once', 'always', 'reject'] as const)('is one question, and %s counts at each of them', async (answer) => {
    const on = await openDesk();
    const id = asked(meet(on, 993));
    expect([asked(meet(on, 465)), asked(meet(on, 995)), asked(meet(on, 465))]).toEqual([id, id, id]);
    expect(on.state.all('questions')).toMatchObject([
      { port: 993, alsoAtPorts: [465, 995], relays: ['r993', 'r465', 'r995'], timesMet: 4 },
    ]);
    expect(on.events.map(({ event }) => event)).toEqual(['certificate-pending']);
    const held = on.desk.waitForDecision(id, 60_000, never);
    await (answer === 'reject' ? on.desk.reject(id) : on.desk.approve(id, answer));
    expect(await held).toBe(answer === 'reject' ? 'rejected' : 'approved');
    expect(on.state.all('decisions').map(({ port, decision }) => [port, decision])).toEqual(
      [993, 465, 995].map((port) => [port, answer]),
    );
    for (const port of [993, 465, 995]) expect(meet(on, port).kind).toBe(answer === 'reject' ? 'refuse' : 'accept');
    // What nobody was asked about, nobody has answered.
    expect(asked(meet(on, 587))).not.toBe(id);
  });

  test('is asked about apart where the account, the name, the certificate, its faults or its past differ', async () => {
    const on = await openDesk();
    const others = [
      meet(on, 993),
      meet(on, 465, {}, { account: 'Home' }),
      meet(on, 465, {}, { server: 'smtp.example.org' }),
      meet(on, 465, { problems: ['self-signed', 'expired'] }),
      meet(on, 995, numbered(2)),
    ];
    expect(new Set(others.map(asked)).size).toBe(others.length);
    const rejected = asked(meet(on, 587, numbered(3)));
    await on.desk.reject(rejected);
    expect(asked(meet(on, 587))).not.toBe(asked(meet(on, 993)));
  });

  test('is one question again when the answer was taken back, whichever port had a session by it', async () => {
    const on = await openDesk();
    const first = asked(meet(on, 993));
    meet(on, 465);
    await on.desk.approve(first, 'always');
    on.store.memory.secured(
      { account: 'Work', server: 'mail.example.org', port: 465 },
      {
        ...{ tlsVersion: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', certificate: shown.certificate },
        ...{ trust: { kind: 'trusted-by-you', decision: first }, verifiedAt: new Date().toISOString() },
      },
    );
    for (const { id } of on.state.all('decisions')) await on.desk.forget(id);
    expect(asked(meet(on, 993))).toBe(asked(meet(on, 465)));
    expect(on.state.all('questions')).toMatchObject([{ history: { kind: 'new' }, alsoAtPorts: [465] }]);
  });

  test('outlives a restart with its ports, and is reported again whichever of them is met first', async () => {
    const before = await openDesk();
    const id = asked(meet(before, 993));
    meet(before, 465);
    await before.store.close();
    const on = await openDesk({ directory: before.directory });
    expect([asked(meet(on, 465)), asked(meet(on, 993))]).toEqual([id, id]);
    expect(on.state.all('questions')).toMatchObject([{ port: 993, alsoAtPorts: [465] }]);
    expect(on.events).toMatchObject([{ event: 'certificate-pending', relay: 'r465', id }]);
  });

  test('a port that proves itself leaves the question, and the answer does not count there', async () => {
    const on = await openDesk();
    const id = asked(meet(on, 993));
    meet(on, 465);
    meet(on, 995);
    expect(meet(on, 465, { ...numbered(2), problems: [] }).kind).toBe('accept');
    expect(on.state.get('questions', id)?.alsoAtPorts).toEqual([995]);
    await on.desk.approve(id, 'always');
    expect(on.state.all('decisions').map(({ port }) => port)).toEqual([993, 995]);
    expect(meet(on, 465)).toMatchObject({ kind: 'refuse', finding: { code: 'certificate-turned-bad' } });
  });

  test('and one verified before is an alarm of its own', async () => {
    const on = await openDesk();
    meet(on, 465, { ...numbered(2), problems: [] });
    meet(on, 995, { ...numbered(2), problems: [] });
    meet(on, 465);
    meet(on, 995);
    expect(on.state.all('questions').map(({ port }) => port)).toEqual([465, 995]);
  });
});
