import { describe, expect, test } from 'vitest';
import {
  alarmBeside,
  alarmOf,
  type CertificateDecision,
  type ConcernRows,
  concernsOf,
  isAlarm,
  isMerelyExpired,
  type KnownServer,
  openQuestions,
  trustedElsewhere,
} from '../../proxy/contract/index.ts';
import { certificate, question } from '../renderer/support/fake-certificates.ts';
import { ago, ordinaryConfiguration, relayRow } from '../renderer/support/fake-state.ts';

const [work] = ordinaryConfiguration.accounts;
const [imap] = work?.relays ?? [];
if (!imap) throw new Error('the ordinary configuration has a relay');
const relay = relayRow('Work', imap);
const host = relay.server;
const stranger = certificate(host, { fingerprint: 'ab'.repeat(32), publicKeyFingerprint: 'cd'.repeat(32) });
const server: KnownServer = {
  ...{ id: 'aaaaaaaa03', account: 'Work', host, port: relay.port },
  certificate: certificate(host),
  lastVerifiedAt: ago(600),
};
const asked = question('aaaaaaaa01', host, { relays: [relay.name] });
const alarm = question('aaaaaaaa02', host, {
  relays: [relay.name],
  history: { kind: 'verified-then-failing', lastVerifiedAt: ago(600), previous: server.certificate },
  offers: ['reject'],
});
const rejected: CertificateDecision = {
  ...{ id: 'aaaaaaaa02', account: 'Work', host, port: relay.port, decision: 'reject' },
  ...{ problems: ['self-signed'], certificate: stranger, decidedAt: ago(300) },
};

const concerns = (rows: Partial<ConcernRows>) =>
  concernsOf({ questions: [], decisions: [], servers: [server], relays: [relay], ...rows });

test('open questions come alarms first; one that the server answered by proving itself is neither', () => {
  expect(openQuestions([asked, alarm])).toEqual([alarm, asked]);
  expect(openQuestions([{ ...alarm, provedAgainAt: ago(1) }])).toEqual([]);
  expect(isAlarm({ ...alarm, provedAgainAt: ago(1) })).toBe(false);
});

test('a certificate is known from another port of the same server and account, unless it was rejected there', () => {
  const trusted: CertificateDecision = { ...rejected, decision: 'always', port: 465, certificate: asked.certificate };
  expect(trustedElsewhere({ ...asked, host: host.toUpperCase() }, [trusted])).toBe(trusted);
  const others: Partial<CertificateDecision>[] = [
    { decision: 'reject' },
    { account: 'Home' },
    { host: 'other.example.org' },
    { port: asked.port },
    { certificate: stranger },
  ];
  for (const other of others) expect(trustedElsewhere(asked, [{ ...trusted, ...other }])).toBeUndefined();
  expect(trustedElsewhere({ ...asked, alsoAtPorts: [465] }, [trusted])).toBeUndefined();
});

describe('an alarm that was answered by Reject', () => {
  test('stands, with the decision in the question’s place', () => {
    const { alarms, open } = concerns({ decisions: [rejected] });
    expect(open).toEqual([]);
    expect(alarms).toMatchObject([{ id: rejected.id, host, relays: [relay.name], rejectedAt: rejected.decidedAt }]);
    expect(alarmOf(relay, { alarms, open })).toBe(alarms[0]);
  });

  test.each<[string, Partial<ConcernRows>]>([
    ['the server has proved itself since', { servers: [{ ...server, lastVerifiedAt: ago(10) }] }],
    ['the server was forgotten, and is new', { servers: [] }],
    ['the decision was revoked', { decisions: [] }],
    ['no relay uses the server any more', { relays: [{ ...relay, server: 'other.example.org' }] }],
    ['the server had proved itself before it was rejected', { decisions: [{ ...rejected, shownAt: ago(700) }] }],
    ['what was rejected was trust in something else', { decisions: [{ ...rejected, decision: 'always' }] }],
  ])('is over when %s', (_, rows) => {
    expect(concerns({ decisions: [rejected], ...rows }).alarms).toEqual([]);
  });

  test('is back when the server goes back to what was rejected, after proving itself', () => {
    const servers = [{ ...server, lastVerifiedAt: ago(100) }];
    expect(concerns({ decisions: [{ ...rejected, shownAt: ago(50) }], servers }).alarms).toHaveLength(1);
  });

  test('honest: to reject the server’s own certificate, merely expired, is no alarm', () => {
    const own = { ...server.certificate, fingerprint: 'ef'.repeat(32) };
    expect(isMerelyExpired(['expired'], own.publicKeyFingerprint, server)).toBe(true);
    const decisions: CertificateDecision[] = [{ ...rejected, problems: ['expired'], certificate: own }];
    expect(concerns({ decisions }).alarms).toEqual([]);
  });

  test('is one with those of the same server: a question that waits, another that was rejected', () => {
    const other = { ...rejected, id: 'aaaaaaaa04', decidedAt: ago(20) };
    expect(concerns({ decisions: [rejected, other] }).alarms).toMatchObject([{ id: other.id }]);
    expect(concerns({ questions: [alarm], decisions: [rejected] }).alarms).toMatchObject([{ id: alarm.id }]);
  });
});

test('an alarm is beside every path to its host, whatever the port, the account and the spelling', () => {
  const all = concerns({ questions: [alarm] });
  expect(alarmBeside({ server: `${host.toUpperCase()}.` }, all)?.id).toBe(alarm.id);
  expect(alarmBeside({ server: 'smtp.other.example' }, all)).toBeUndefined();
});
