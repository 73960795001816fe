import { expect, test } from 'vitest';
import type { CertificateHistory } from '../../../proxy/contract/index.ts';
import { parseTrustFile, type TrustFile, writeTrustFile } from '../../../proxy/trust/decisions/trust-file.ts';
import { bindingId, serverId } from '../../../proxy/trust/decisions/trust-history.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { selfSigned } from '../../support/pki.ts';

const certificate = summarise(
  readCertificate(
    selfSigned({
      cn: 'x'.repeat(5000),
      names: Array(500).fill('y'.repeat(300)),
      ips: ['::1'],
      serial: Buffer.alloc(200, 1),
    }).der,
  ),
);
const place = { account: 'Work', server: 'mail.example.org', port: 993 };
const row = { id: 'feedfacefeedface', account: 'Work', host: place.server, port: 993, certificate };
const decision = { ...row, id: bindingId(place, certificate.fingerprint, ['self-signed']) };
const now = new Date().toISOString();
const trust: TrustFile = {
  decisions: [{ ...decision, decision: 'always', problems: ['self-signed'], decidedAt: now }],
  servers: [
    {
      id: serverId(place),
      host: place.server,
      port: place.port,
      offeredTlsAt: now,
      modes: { starttls: now },
      vanishedAt: now,
      needs: { onePacketUntil: now, id: true },
      verified: { account: 'Work', certificate, lastVerifiedAt: now },
      sessions: [],
    },
  ],
  warnings: [],
  questions: [
    {
      ...row,
      id: bindingId(place, certificate.fingerprint, ['expired']),
      relays: ['a'],
      problems: ['expired', 'changed'],
      details: [{ problem: 'expired', text: 'The certificate expired.' }],
      chain: [certificate],
      history: { kind: 'changed', previous: certificate },
      offers: ['reject', 'once', 'always'],
      askedAt: now,
      timesMet: 3,
      waiting: 2,
    },
  ],
};

test('what is written is read again, however large the certificate, and nobody waits any more', () => {
  const questions = trust.questions.map((question) => ({ ...question, waiting: 0 }));
  expect(parseTrustFile(writeTrustFile(trust))).toEqual({ ...trust, questions });
});

test.each<CertificateHistory>([
  { kind: 'new' },
  { kind: 'new', before: 'trusted' },
  { kind: 'verified-then-expired', lastVerifiedAt: now },
  { kind: 'verified-then-not-yet-valid', lastVerifiedAt: now },
  { kind: 'verified-then-failing', lastVerifiedAt: now, previous: certificate },
  { kind: 'renewed', previous: certificate },
])('a question about what is $kind is read again', (history) => {
  const questions = trust.questions.map((question) => ({ ...question, waiting: 0, history }));
  expect(parseTrustFile(writeTrustFile({ ...trust, questions }))?.questions).toEqual(questions);
});

test.each<[string, (file: Record<string, unknown>) => void]>([
  ['a version that is not known', (file) => Object.assign(file, { version: 2 })],
  ['a key that is not known', (file) => Object.assign(file, { extra: true })],
  ['a missing list', (file) => delete file.servers],
  [
    'a decision that is none',
    (file) => Object.assign(file, { decisions: [{ ...trust.decisions[0], decision: 'yes' }] }),
  ],
  [
    'a problem that is none',
    (file) => Object.assign(file, { decisions: [{ ...trust.decisions[0], problems: ['x'] }] }),
  ],
  ['an id that is none', (file) => Object.assign(file, { decisions: [{ ...trust.decisions[0], id: '../../etc' }] })],
  ['a port that is none', (file) => Object.assign(file, { servers: [{ ...trust.servers[0], port: 0 }] })],
])('%s spoils the whole file', (_, spoil) => {
  const file = JSON.parse(writeTrustFile(trust)) as Record<string, unknown>;
  expect(parseTrustFile(JSON.stringify(file))).not.toBeNull();
  spoil(file);
  expect(parseTrustFile(JSON.stringify(file))).toBeNull();
});

test.each(['', 'null', '[]', '{"version":1', '"text"'])('%s is no trust file', (text) => {
  expect(parseTrustFile(text)).toBeNull();
});
