import { expect, test } from 'vitest';
import type { UpstreamProtection } from '../../../proxy/contract/index.ts';
import { createStateStore } from '../../../proxy/state/store.ts';
import { createServerMemory, type RememberedServer } from '../../../proxy/trust/decisions/server-memory.ts';
import { serverId } from '../../../proxy/trust/decisions/trust-history.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { selfSigned } from '../../support/pki.ts';

const certificate = summarise(readCertificate(selfSigned({ names: ['mail.test'] }).der));
const place = { server: 'mail.test', port: 993 };
const protection = (verifiedAt: string): UpstreamProtection => ({
  tlsVersion: 'TLSv1.3',
  cipher: 'c',
  certificate,
  trust: { kind: 'verified' },
  verifiedAt,
});

function memoryOf(stored: RememberedServer[] = []) {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const writes: string[] = [];
  return { state, writes, memory: createServerMemory(state, stored, (durability) => writes.push(durability)) };
}

/** Records a verified server. */
function verify({ memory }: ReturnType<typeof memoryOf>, host: string, lastVerifiedAt: string): string {
  const id = serverId({ server: host, port: 993 });
  memory.known.set({ id, account: 'A', host, port: 993, certificate, lastVerifiedAt }, 'soon');
  return id;
}

// Which pairs of names are different servers at the same port, and which are one.
test.each([
  ['mail.test', 'MAIL.Test', true],
  ['mail.test', 'mail.test.', true],
  ['müller.test', 'xn--mller-kva.test', true],
  ['MÜLLER.test', 'müller.TEST.', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['2001:DB8::1', '2001:0db8:0:0::0001', true],
  ['::ffff:192.0.2.1', '::ffff:c000:201', true],
  ['mail.test', 'mail.test.test', false],
  ['mail.test', 'nail.test', false],
  ['192.0.2.1', '::ffff:192.0.2.1', false],
  ['a_b.test', 'A_B.test', true],
  ['a..test', 'A..TEST', true],
])('%s and %s: one server is %s', (host, other, same) => {
  expect(serverId({ server: host, port: 993 }) === serverId({ server: other, port: 993 })).toBe(same);
  expect(serverId({ server: host, port: 993 })).not.toBe(serverId({ server: host, port: 465 }));
});

test('one row holds all that was seen of a server, and the state shows it once it was verified', () => {
  const on = memoryOf();
  on.memory.sawTls(place, 'starttls', '2026-01-01T00:00:00Z');
  on.memory.secured({ ...place, account: 'A' }, protection('2026-01-02T00:00:00Z'));
  on.memory.secured({ server: 'MAIL.test', port: 993, account: 'B' }, protection('2026-01-03T00:00:00Z'));
  expect(on.state.all('servers')).toEqual([]);
  const id = verify(on, 'mail.test.', '2026-01-03T00:00:00Z');
  expect(on.memory.all()).toHaveLength(1);
  expect(on.state.all('servers')).toMatchObject([{ id, host: 'mail.test.' }]);
  expect(on.memory.evidence({ ...place, account: 'A' })?.verifiedAt).toBe('2026-01-02T00:00:00Z');
  expect(on.memory.offeredTls({ server: 'Mail.Test', port: 993 })).toBe('2026-01-03T00:00:00Z');
  on.memory.known.remove(id, 'now');
  expect([on.state.all('servers'), on.memory.all().length]).toEqual([[], 1]);
  // Only new facts are urgent: that this server offers TLS was known already.
  on.memory.sawTls(place, 'starttls', '2026-01-04T00:00:00Z');
  expect(on.writes).toEqual(['soon', 'soon', 'soon', 'soon', 'now', 'later']);
});

test('what no account uses is forgotten, but not that the server was verified', () => {
  const on = memoryOf();
  verify(on, 'mail.test', '2026-01-01T00:00:00Z');
  on.memory.secured({ ...place, account: 'A' }, protection('2026-01-02T00:00:00Z'));
  on.memory.secured({ ...place, account: 'B' }, protection('2026-01-02T00:00:00Z'));
  on.memory.sawTls({ ...place, port: 465 }, 'implicit', '2026-01-02T00:00:00Z');
  on.memory.keepOnly([{ server: 'MAIL.TEST.', port: 993, account: 'B' }]);
  expect(on.memory.all()).toMatchObject([{ sessions: [{ account: 'B' }], offeredTlsAt: '2026-01-02T00:00:00Z' }]);
  on.memory.keepOnly([]);
  expect(on.memory.all()).toMatchObject([{ host: 'mail.test', sessions: [], offeredTlsAt: null }]);
  expect(on.state.all('servers')).toHaveLength(1);
});

test('servers that no account uses are bounded, the one that was verified longest ago goes first', () => {
  const on = memoryOf();
  for (let day = 0; day < 1_005; day += 1) {
    verify(on, `host${day}.test`, new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString());
  }
  on.memory.keepOnly([{ server: 'host0.test', port: 993, account: 'A' }]);
  const hosts = on.memory.all().map(({ host }) => host);
  expect([hosts.length, hosts[0], hosts[1]]).toEqual([1_000, 'host0.test', 'host6.test']);
  expect(on.state.all('servers')).toHaveLength(1_000);
});

test('what a server needs is remembered until it is taken back, and while an account uses it', () => {
  const on = memoryOf();
  expect(on.memory.needs(place)).toEqual({});
  on.memory.sawNeeds(place, { id: true });
  on.memory.sawNeeds({ ...place, server: 'MAIL.test.' }, { onePacketUntil: '2026-01-02T00:00:00Z' });
  expect(on.memory.needs(place)).toEqual({ id: true, onePacketUntil: '2026-01-02T00:00:00Z' });
  expect(on.memory.needs({ ...place, port: 143 })).toEqual({});
  on.memory.keepOnly([{ ...place, account: 'A' }]);
  on.memory.sawNeeds(place, { onePacketUntil: undefined });
  expect(on.memory.needs(place)).toEqual({ id: true });
  on.memory.keepOnly([]);
  expect(on.memory.all()).toEqual([]);
  expect(new Set(on.writes)).toEqual(new Set(['soon']));
});
