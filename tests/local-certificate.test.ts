import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ConfigurationInput, configurationSchema } from '../proxy/contract/index.ts';
import { createLocalCertificate } from '../proxy/local-certificate.ts';
import { createStateStore } from '../proxy/state/store.ts';
import { scratchDirectory } from './support/clean-up.ts';

type RelayInput = ConfigurationInput['accounts'][number]['relays'][number];

const day = 86_400_000;
const begun = new Date('2026-11-27T12:00:00Z');

function relay(listen: string, lan?: Partial<NonNullable<RelayInput['lan']>>): RelayInput {
  return {
    ...{ name: listen, protocol: 'smtp', server: 'smtp.example.org', port: 465, tls: 'implicit', listen },
    ...(lan && { lan: { allow: ['192.168.7.20'], ...lan } }),
  };
}
const configured = (...relays: RelayInput[]) =>
  configurationSchema.parse({ version: 1, accounts: [{ name: 'A', relays }] });

function open(directory: string, now = begun) {
  const state = createStateStore({ version: '0', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const certificate = createLocalCertificate(directory, state, () => now);
  const core = () => state.get('core', 'core');
  return { certificate, core, file: join(directory, 'local-tls.pem') };
}
const place = () => {
  const directory = join(scratchDirectory('local-certificate'), 'data');
  mkdirSync(directory, { mode: 0o700 });
  return directory;
};
const keyOf = (file: string) => createPrivateKey(readFileSync(file, 'utf8')).export({ type: 'pkcs8', format: 'pem' });

const home = relay('192.168.7.1:587', {});

test('none is made where no relay needs one', async () => {
  const directory = place();
  const { certificate, core } = open(directory);
  await certificate.settle(configured(relay('1587'), relay('192.168.7.1:587', { localTls: 'off' })));
  expect(readdirSync(directory)).toEqual([]);
  expect(certificate.certificate).toBe(null);
  expect(core()?.localCertificate).toBeUndefined();
  expect(() => certificate.context(false)).toThrow();
});

test('one is made for the addresses that devices connect to, kept for the owner alone, and shown', async () => {
  const { certificate, core, file } = open(place());
  await certificate.settle(
    configured(home, relay('tls://[fd00::1]:465', {}), relay('[fe80::1%eth0]:587', {}), relay('1587')),
  );
  const text = readFileSync(file, 'utf8');
  const read = new X509Certificate(text);
  expect(read.subject).toBe('CN=192.168.7.1');
  for (const address of ['192.168.7.1', 'fd00::1', 'fe80::1']) expect(read.checkIP(address)).toBe(address);
  expect(read.checkPrivateKey(createPrivateKey(text))).toBe(true);
  expect(read.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(certificate.certificate).toBe(read.toString());
  const fingerprint = read.fingerprint256.replaceAll(':', '').toLowerCase();
  expect(core()?.localCertificate).toMatchObject({ fingerprint, notAfter: read.validToDate.toISOString() });
  expect(core()?.localCertificate?.names).toEqual(expect.arrayContaining(['192.168.7.1', 'fd00::1', 'fe80::1']));
  expect(JSON.stringify(core())).not.toContain('PRIVATE');
});

describe('kept', () => {
  test('the next start has the same one', async () => {
    const directory = place();
    const first = open(directory);
    await first.certificate.settle(configured(home));
    const second = open(directory, new Date(begun.getTime() + 1000 * day));
    await second.certificate.settle(configured(home));
    expect(second.certificate.certificate).toBe(first.certificate.certificate);
    expect(second.core()?.warnings).toEqual([]);
  });

  test('a relay that is gone changes nothing; one at another address makes a new certificate with the same key', async () => {
    const { certificate, file } = open(place());
    await certificate.settle(configured(home, relay('192.168.8.1:587', {})));
    const [first, key] = [certificate.certificate, keyOf(file)];
    await certificate.settle(configured(home));
    expect(certificate.certificate).toBe(first);
    await certificate.settle(configured(home, relay('192.168.9.1:587', {})));
    expect(certificate.certificate).not.toBe(first);
    expect(new X509Certificate(certificate.certificate ?? '').checkIP('192.168.9.1')).toBe('192.168.9.1');
    expect(keyOf(file)).toBe(key);
  });

  test('two months before its end it is renewed with the same key, at a start and while Postern runs', async () => {
    const directory = place();
    const first = open(directory);
    await first.certificate.settle(configured(home));
    const key = keyOf(first.file);
    const { validToDate } = new X509Certificate(first.certificate.certificate ?? '');

    const soon = open(directory, new Date(validToDate.getTime() - 61 * day));
    await soon.certificate.settle(configured(home));
    expect(soon.certificate.certificate).toBe(first.certificate.certificate);

    let time = validToDate.getTime() - 61 * day;
    const state = createStateStore({ version: '0', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
    const running = createLocalCertificate(directory, state, () => new Date(time));
    await running.settle(configured(home));
    time += 2 * day;
    const renewed = new Promise<void>((resolve) => {
      state.subscribe(() => resolve());
    });
    running.context(false);
    await renewed;
    const next = new X509Certificate(running.certificate ?? '');
    expect(next.validToDate.getTime()).toBeGreaterThan(validToDate.getTime());
    expect(keyOf(first.file)).toBe(key);
    await running.settle(configured(home));
    expect(readFileSync(first.file, 'utf8')).toContain(running.certificate);
  });
});

describe('what is not a key with its certificate is set aside, and a new one made', () => {
  test.each<[string, (file: string) => void]>([
    ['damaged', (file) => writeFileSync(file, 'x', { mode: 0o600 })],
    [
      'of another key',
      (file) => {
        writeFileSync(
          file,
          readFileSync(file, 'utf8').replace(/-----BEGIN PRIVATE KEY-----[^-]+/, '-----BEGIN PRIVATE KEY-----\nAAAA\n'),
        );
      },
    ],
    [
      'a link',
      (file) => {
        writeFileSync(`${file}.elsewhere`, readFileSync(file), { mode: 0o600 });
        rmSync(file);
        symlinkSync(`${file}.elsewhere`, file);
      },
    ],
  ])('%s', async (_, spoil) => {
    const directory = place();
    const first = open(directory);
    await first.certificate.settle(configured(home));
    spoil(first.file);
    const next = open(directory);
    await next.certificate.settle(configured(home));
    expect(next.certificate.certificate).not.toBe(first.certificate.certificate);
    expect(readFileSync(first.file, 'utf8')).toContain(next.certificate.certificate);
    expect(next.core()?.warnings.join()).toMatch(/local-tls\.pem.*set aside as .*import it into them again/);
    expect(readdirSync(directory).some((name) => name.startsWith('local-tls.pem.unusable-'))).toBe(true);
  });

  test('one that others could read is kept, and theirs no longer', async () => {
    const directory = place();
    const first = open(directory);
    await first.certificate.settle(configured(home));
    chmodSync(first.file, 0o644);
    const next = open(directory);
    await next.certificate.settle(configured(home));
    expect(next.certificate.certificate).toBe(first.certificate.certificate);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
  });
});

test('where it cannot be written, devices are served all the same, and people are told', async () => {
  const { certificate, core } = open(join(place(), 'missing'));
  await certificate.settle(configured(home));
  expect(() => certificate.context(false)).not.toThrow();
  expect(core()?.warnings.join()).toMatch(/cannot be written/);
});
