import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { UpstreamProtection } from '../../../proxy/contract/index.ts';
import { parseFormerCareFile } from '../../../proxy/trust/decisions/former-care-file.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { selfSigned } from '../../support/pki.ts';
import { openDesk } from '../support.ts';

const certificate = summarise(readCertificate(selfSigned({ names: ['mail.test'] }).der));
const protection: UpstreamProtection = {
  tlsVersion: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  certificate,
  trust: { kind: 'verified' },
  verifiedAt: '2026-01-02T00:00:00.000Z',
};
const row = {
  account: 'A',
  server: 'mail.test',
  port: 993,
  offeredTlsAt: '2026-01-01T00:00:00.000Z',
  protection: null,
};
const warning = { account: 'A', fingerprint: 'a'.repeat(64), threshold: 14, notAfter: '2026-12-01T00:00:00.000Z' };
const former = { version: 1, servers: [row, { ...row, account: 'B', protection }], warnings: [warning] };
const verified = {
  id: 'feedfacefeedface',
  account: 'A',
  host: 'Mail.test',
  port: 993,
  certificate,
  lastVerifiedAt: '2026-01-03T00:00:00.000Z',
};
const place = { server: 'mail.test', port: 993 };

test.each([
  '',
  '{}',
  'null',
  JSON.stringify({ ...former, version: 2 }),
  JSON.stringify({ ...former, servers: [{ ...row, port: 0 }] }),
])('anything else is nothing: %j', (text) => {
  expect(parseFormerCareFile(text)).toBeNull();
});

describe('a data directory of an earlier version', () => {
  function directoryOf(care: string, trust?: object): string {
    const directory = scratchDirectory('former');
    writeFileSync(join(directory, 'care.json'), care, { mode: 0o600 });
    if (trust) writeFileSync(join(directory, 'trust.json'), JSON.stringify(trust), { mode: 0o600 });
    return directory;
  }

  test('is read once: both files become one, and nothing is lost', async () => {
    const trust = { version: 1, decisions: [], servers: [verified, { ...verified, account: 'B' }], questions: [] };
    const directory = directoryOf(JSON.stringify(former), trust);
    for (let start = 0; start < 2; start += 1) {
      const { store, state } = await openDesk({ directory });
      expect(state.all('servers')).toMatchObject([{ host: 'Mail.test', lastVerifiedAt: verified.lastVerifiedAt }]);
      expect(store.memory.offeredTls(place)).toBe(row.offeredTlsAt);
      expect(store.memory.evidence({ ...place, account: 'B' })).toEqual(protection);
      expect(store.memory.evidence({ ...place, account: 'A' })).toBeNull();
      expect(store.warnings.all()).toEqual([warning]);
      await store.close();
      expect(existsSync(join(directory, 'care.json'))).toBe(false);
    }
    expect(JSON.parse(readFileSync(join(directory, 'trust.json'), 'utf8')).servers).toHaveLength(1);
  });

  test('that was killed between the two steps loses nothing either: what is newer stays', async () => {
    const directory = directoryOf(JSON.stringify(former));
    const first = await openDesk({ directory });
    first.store.memory.sawTls(place, '2026-05-01T00:00:00.000Z');
    await first.store.close();
    writeFileSync(join(directory, 'care.json'), JSON.stringify(former), { mode: 0o600 });
    const { store } = await openDesk({ directory });
    expect(store.memory.offeredTls(place)).toBe('2026-05-01T00:00:00.000Z');
    expect(store.memory.evidence({ ...place, account: 'B' })).toEqual(protection);
    expect(store.warnings.all()).toEqual([warning]);
  });

  test('whose comfort makes no sense goes on without it', async () => {
    const directory = directoryOf('{"version":1,"servers":[{}]}');
    const { store, state } = await openDesk({ directory });
    expect(state.get('core', 'core')?.warnings).toEqual([]);
    store.memory.sawTls(place, row.offeredTlsAt);
    await store.close();
    expect(existsSync(join(directory, 'care.json'))).toBe(false);
    expect((await openDesk({ directory })).store.memory.offeredTls(place)).toBe(row.offeredTlsAt);
  });

  test('whose trust.json is damaged trusts nothing, whatever the other file says', async () => {
    const directory = directoryOf(JSON.stringify(former));
    writeFileSync(join(directory, 'trust.json'), '{"version":1,"decisions":[', { mode: 0o600 });
    const { state } = await openDesk({ directory });
    expect(state.get('core', 'core')?.warnings).toHaveLength(1);
    expect([...state.all('decisions'), ...state.all('servers')]).toEqual([]);
  });
});
