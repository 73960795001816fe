/**
 * What can only be recognised from what was seen or decided earlier: the built command checks, the server changes, it
 * checks again.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import type { CheckReport, ConfigurationInput, DiagnosisCode } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, ocspResponse, selfSigned, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const server = 'mail.example.test';
const authority = createAuthority();
const good = issue(authority, { names: [server] });
const stranger = () => selfSigned({ names: [server] });

/** Servers that change while the test runs: what is set here applies to the next connection. */
const stripped: FakeUpstreamOptions = { protocol: 'smtp', tls: 'starttls', identity: good };
const turning: FakeUpstreamOptions = { protocol: 'imap', tls: 'implicit', identity: good };
const changing: FakeUpstreamOptions = { protocol: 'pop3', tls: 'implicit', identity: stranger() };
const rejected: FakeUpstreamOptions = { protocol: 'pop3', tls: 'implicit', identity: stranger() };
const accounts = { stripped, turning, changing, rejected };

/** The status in the response that the server staples to its handshake. */
let status: 'good' | 'revoked' = 'good';
let postern: Postern;

beforeAll(async () => {
  const stapling = createServer({ cert: good.chainPem, key: good.keyPem }, (socket) => {
    socket.on('error', () => {});
    socket.write('* OK ready\r\n');
  });
  stapling.on('OCSPRequest', (_certificate, _issuer, answer) => {
    answer(null, ocspResponse(authority, good, { status }));
  });
  stapling.listen(0, '127.0.0.1');
  await once(stapling, 'listening');
  atEnd(() => stapling.close());

  const relay = { server, address: '127.0.0.1', listen: '127.0.0.1:0' };
  const { port } = stapling.address() as AddressInfo;
  const configured: ConfigurationInput['accounts'] = [
    { name: 'stapled', relays: [{ ...relay, name: 'stapled', protocol: 'imap', tls: 'implicit', port }] },
  ];
  for (const [name, options] of Object.entries(accounts)) {
    const { protocol, tls } = options;
    const upstream = await startFakeUpstream(options);
    configured.push({ name, relays: [{ ...relay, name, protocol, tls, port: upstream.port }] });
  }
  const { root } = writeFiles(join(scratchDirectory('authority')), good);
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: configured,
      certificateAuthorities: [root],
      settings: { certificateDecisionSeconds: 0 },
    },
  });
});

async function works(account: string): Promise<void> {
  const { code, stdout } = await postern.command('check', account);
  expect([code, stdout.toString()]).toEqual([0, expect.not.stringContaining('docs/diagnosis.md')]);
}

/** Checks the account, and finds the code in words, in the report and in the state. */
async function isRecognised(account: string, code: DiagnosisCode): Promise<string> {
  const told = await postern.command('check', account);
  expect([told.code, told.stdout.toString()]).toEqual([1, expect.stringContaining(`[${code}]\n  What to do: `)]);
  const { stdout } = await postern.command('check', account, '--json');
  const report = JSON.parse(stdout.toString()) as CheckReport;
  expect(report.relays.map(({ diagnosis }) => diagnosis?.code)).toEqual([code]);
  const { relays } = JSON.parse((await postern.command('status', '--json')).stdout.toString());
  const row = relays.find(({ name }: { name: string }) => name === account);
  expect(row.lastRefusal.diagnosis.code).toBe(code);
  return report.relays[0]?.diagnosis?.sentence ?? '';
}

async function decide(account: string, decision: 'approve' | 'reject'): Promise<void> {
  const { id } = await postern.event('certificate-pending', (event) => event.account === account);
  expect((await postern.command('certificates', decision, id)).code).toBe(0);
}

test('encryption-vanished: it was on offer before, and is not any more', async () => {
  await works('stripped');
  stripped.plain = { capabilities: ['PIPELINING'], starttls: '502 5.5.1 Unknown\r\n' };
  const today = new Date().toISOString().slice(0, 8);
  expect(await isRecognised('stripped', 'encryption-vanished')).toContain(`(last on ${today}`);
});

test('certificate-turned-bad: it was verified before, and now shows a stranger', async () => {
  await works('turning');
  turning.identity = stranger();
  await isRecognised('turning', 'certificate-turned-bad');
});

test('certificate-changed: it is not the one that was trusted', async () => {
  await isRecognised('changing', 'self-signed');
  await decide('changing', 'approve');
  await works('changing');
  changing.identity = stranger();
  await isRecognised('changing', 'certificate-changed');
});

test('certificate-rejected: a person said no', async () => {
  await isRecognised('rejected', 'self-signed');
  await decide('rejected', 'reject');
  await isRecognised('rejected', 'certificate-rejected');
});

test('certificate-revoked: its authority takes it back', async () => {
  await works('stapled');
  status = 'revoked';
  await isRecognised('stapled', 'certificate-revoked');
});

test('after a restart each is still told with its code, until a later session is fine', async () => {
  await postern.stop();
  postern = await startPostern({ dataDirectory: postern.dataDirectory });
  const told = async () => {
    const text = (await postern.command('status')).stdout.toString();
    return [...text.matchAll(/^ {2}(\w+) was last refused .*, before Postern was started: .* \[([\w-]+)\]/gm)];
  };
  const before = Object.fromEntries((await told()).map(([, relay = '', code = '']) => [relay, code]));
  expect(before).toEqual({
    stripped: 'encryption-vanished',
    turning: 'certificate-turned-bad',
    changing: 'certificate-changed',
    rejected: 'certificate-rejected',
    stapled: 'certificate-revoked',
  });
  stripped.plain = {};
  await works('stripped');
  expect((await told()).map(([, relay]) => relay)).toEqual(['stapled', 'turning', 'changing', 'rejected']);
});
