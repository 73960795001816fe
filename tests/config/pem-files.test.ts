import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError, issueText } from '../../proxy/config/configuration-error.ts';
import { readPemFiles } from '../../proxy/config/pem-files.ts';
import { configurationSchema } from '../../proxy/contract/index.ts';
import { createAuthority, issue, selfSigned } from '../support/pki.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-pem-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const put = (name: string, text: string) => writeFileSync(join(directory, name), text);
const authority = createAuthority();
const person = issue(authority, { cn: 'ann' });

const withAuthorities = (...certificateAuthorities: string[]) =>
  configurationSchema.parse({ version: 1, accounts: [], certificateAuthorities });
const withClient = (certificate: string, key: string) =>
  configurationSchema.parse({
    version: 1,
    accounts: [
      {
        name: 'Work',
        relays: [
          {
            name: 'r',
            protocol: 'imap',
            listen: 0,
            server: 'a.example',
            port: 993,
            tls: 'implicit',
            clientCertificate: { certificate, key },
          },
        ],
      },
    ],
  });

async function issuesOf(configuration: ReturnType<typeof withAuthorities>): Promise<string[]> {
  const error = await readPemFiles(configuration, directory).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).issues.map(issueText);
}

describe('certificate authorities', () => {
  test('a bundle with comments gives one text for each certificate, from a relative or an absolute path', async () => {
    put('bundle.pem', `Company root\n=====\n${authority.certPem}\nand another\n${createAuthority().certPem}`);
    expect((await readPemFiles(withAuthorities('bundle.pem'), directory)).authorities).toHaveLength(2);
    const { authorities } = await readPemFiles(withAuthorities(join(directory, 'bundle.pem')), '/');
    expect(authorities[0]?.trim()).toBe(authority.certPem.trim());
  });

  test('a byte order mark and Windows line ends do no harm', async () => {
    put('root.pem', `\ufeff${authority.certPem.replaceAll('\n', '\r\n')}`);
    expect((await readPemFiles(withAuthorities('root.pem'), directory)).authorities).toHaveLength(1);
  });

  test.each<[string, (name: string) => void, (path: string) => string]>([
    ['missing', () => undefined, (path) => `expected a PEM file, found no file at "${path}"`],
    [
      'a folder',
      (name) => mkdirSync(join(directory, name)),
      (path) => `expected a PEM file, found no plain file at "${path}"`,
    ],
    [
      'a pipe',
      (name) => void execFileSync('mkfifo', [join(directory, name)]),
      (path) => `expected a PEM file, found no plain file at "${path}"`,
    ],
    [
      'too large',
      (name) => put(name, 'x'.repeat(1024 * 1024 + 1)),
      (path) => `expected a PEM file of at most 1048576 bytes, found a larger one at "${path}"`,
    ],
    [
      'DER',
      (name) => writeFileSync(join(directory, name), authority.der),
      () => 'expected a certificate in PEM form ("-----BEGIN CERTIFICATE-----"), found none in "ca.pem"',
    ],
    [
      'a key',
      (name) => put(name, authority.keyPem),
      () => 'expected a certificate in PEM form ("-----BEGIN CERTIFICATE-----"), found a private key in "ca.pem"',
    ],
    [
      'damaged',
      (name) => put(name, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      () => 'expected a certificate in PEM form, found one in "ca.pem" that cannot be read',
    ],
    [
      'no authority',
      (name) => put(name, selfSigned().certPem),
      () => 'expected the certificate of an authority, found the certificate of a server or a person in "ca.pem"',
    ],
  ])('%s', async (_name, prepare, message) => {
    prepare('ca.pem');
    const issues = await issuesOf(withAuthorities('ca.pem'));
    expect(issues).toEqual([`certificateAuthorities[0]: ${message(short(join(directory, 'ca.pem')))}`]);
  });
});

describe('client certificates', () => {
  const place = 'accounts[0].relays[0].clientCertificate';

  test('certificate, chain and key come back under the name of the relay', async () => {
    put('a.pem', `${person.certPem}${authority.certPem}`);
    put('a.key', person.keyPem);
    const { clientCertificates } = await readPemFiles(withClient('a.pem', 'a.key'), directory);
    expect(clientCertificates.get('r')?.certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(clientCertificates.get('r')?.key).toBe(person.keyPem);
  });

  test('both files are looked at, and every fault is named', async () => {
    put('a.pem', 'nothing');
    const missing = short(join(directory, 'a.key'));
    expect(await issuesOf(withClient('a.pem', 'a.key'))).toEqual([
      `${place}.certificate: expected a certificate in PEM form ("-----BEGIN CERTIFICATE-----"), found none in "a.pem"`,
      `${place}.key: expected a PEM file, found no file at "${missing}"`,
    ]);
  });

  test('a key of another certificate', async () => {
    put('a.pem', person.certPem);
    put('a.key', selfSigned().keyPem);
    expect(await issuesOf(withClient('a.pem', 'a.key'))).toEqual([
      `${place}.key: expected the key of "a.pem", found another key in "a.key"`,
    ]);
  });

  test('a key with a passphrase, a damaged key, and no key', async () => {
    put('a.pem', person.certPem);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    put(
      'a.key',
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
    );
    expect(await issuesOf(withClient('a.pem', 'a.key'))).toEqual([
      `${place}.key: expected a private key without a passphrase, found one with a passphrase in "a.key"`,
    ]);
    put('a.key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
    expect(await issuesOf(withClient('a.pem', 'a.key'))).toEqual([
      `${place}.key: expected a private key without a passphrase, found one in "a.key" that cannot be read`,
    ]);
    put('a.key', person.certPem);
    expect(await issuesOf(withClient('a.pem', 'a.key'))).toEqual([
      `${place}.key: expected a private key in PEM form ("-----BEGIN PRIVATE KEY-----"), found none in "a.key"`,
    ]);
  });
});

/** Long paths are shown with the middle left out. */
function short(path: string): string {
  return path.length > 60 ? `${path.slice(0, 40)}…${path.slice(-15)}` : path;
}
