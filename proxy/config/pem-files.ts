import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import type { Configuration } from '../contract/index.ts';
import { ConfigurationError, type ConfigurationIssue, quoted } from './configuration-error.ts';
import { openPlainFile } from './text-file.ts';

/** A whole bundle of a system's authorities is about 300 KB. */
const maxPemBytes = 1024 * 1024;

/** A client certificate as TLS takes it: PEM text, the certificate with whatever followed it in the file. */
export interface ClientCertificate {
  certificate: string;
  key: string;
}

/** The contents of the files that a configuration names. */
export interface PemFiles {
  /** One PEM text for each certificate of `certificateAuthorities`. */
  authorities: string[];
  /** By relay name. */
  clientCertificates: Map<string, ClientCertificate>;
}

/**
 * Reads and checks the PEM files that a configuration names.
 *
 * @param directory what relative paths are relative to: the data directory.
 * @param file the configuration's own name, for the error.
 * @throws {ConfigurationError} with an issue for every file that is missing or is not what it should be.
 */
export async function readPemFiles(
  configuration: Pick<Configuration, 'accounts' | 'certificateAuthorities'>,
  directory: string,
  file = 'config.json',
): Promise<PemFiles> {
  const issues: ConfigurationIssue[] = [];
  const authorities: string[] = [];
  const clientCertificates = new Map<string, ClientCertificate>();
  for (const [index, path] of configuration.certificateAuthorities.entries()) {
    const collected = await attempt(issues, `certificateAuthorities[${index}]`, async () => {
      return authoritiesIn(await readText(resolve(directory, path)), path).map(({ pem }) => pem);
    });
    if (collected) authorities.push(...collected);
  }
  for (const [a, account] of configuration.accounts.entries()) {
    for (const [r, relay] of account.relays.entries()) {
      if (!relay.clientCertificate) continue;
      const { certificate, key } = relay.clientCertificate;
      const place = `accounts[${a}].relays[${r}].clientCertificate`;
      const chain = await attempt(issues, `${place}.certificate`, async () =>
        certificatesIn(await readText(resolve(directory, certificate)), certificate),
      );
      const privateKey = await attempt(issues, `${place}.key`, async () => {
        const pem = await readText(resolve(directory, key));
        const parsed = parseKey(pem, key);
        if (chain?.[0] && !chain[0].certificate.checkPrivateKey(parsed)) {
          throw new Expected(`the key of ${quoted(certificate)}`, `another key in ${quoted(key)}`);
        }
        return pem;
      });
      if (chain && privateKey) {
        clientCertificates.set(relay.name, { certificate: chain.map(({ pem }) => pem).join(''), key: privateKey });
      }
    }
  }
  if (issues.length > 0) throw new ConfigurationError(file, issues);
  return { authorities, clientCertificates };
}

/** A finding about one file, in the form that every issue has. */
export class Expected extends Error {
  constructor(expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
  }
}

async function attempt<T>(issues: ConfigurationIssue[], path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Expected)) throw error;
    issues.push({ path, message: error.message });
    return undefined;
  }
}

async function readText(path: string): Promise<string> {
  try {
    const file = await openPlainFile(path);
    if (file === null) throw new Expected('a PEM file', `no plain file at ${quoted(path)}`);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(maxPemBytes + 1));
      if (bytesRead > maxPemBytes) {
        throw new Expected(`a PEM file of at most ${maxPemBytes} bytes`, `a larger one at ${quoted(path)}`);
      }
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Expected) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new Expected(
      'a PEM file',
      code === 'ENOENT' ? `no file at ${quoted(path)}` : `that ${quoted(path)} cannot be read (${code})`,
    );
  }
}

/**
 * The certificates of authorities in a PEM text; there is at least one.
 *
 * @param path what to call it in errors
 * @throws {Expected} it holds none, or another kind of certificate
 */
export function authoritiesIn(text: string, path: string): PemCertificate[] {
  const certificates = certificatesIn(text, path);
  for (const { certificate } of certificates) requireAuthority(certificate, path);
  return certificates;
}

interface PemCertificate {
  pem: string;
  certificate: X509Certificate;
}

function certificatesIn(text: string, path: string): PemCertificate[] {
  const blocks = text.match(
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g,
  );
  if (!blocks) {
    const found = text.includes('PRIVATE KEY-----') ? `a private key in ${quoted(path)}` : `none in ${quoted(path)}`;
    throw new Expected('a certificate in PEM form ("-----BEGIN CERTIFICATE-----")', found);
  }
  return blocks.map((pem) => {
    try {
      return { pem: `${pem}\n`, certificate: new X509Certificate(pem) };
    } catch {
      throw new Expected('a certificate in PEM form', `one in ${quoted(path)} that cannot be read`);
    }
  });
}

/** RFC 5280 §4.2.1.9: only basicConstraints with cA lets a certificate issue others. */
function requireAuthority(certificate: X509Certificate, path: string): void {
  if (certificate.ca) return;
  throw new Expected('the certificate of an authority', `the certificate of a server or a person in ${quoted(path)}`);
}

function parseKey(pem: string, path: string): KeyObject {
  if (!pem.includes('PRIVATE KEY-----')) {
    throw new Expected('a private key in PEM form ("-----BEGIN PRIVATE KEY-----")', `none in ${quoted(path)}`);
  }
  try {
    return createPrivateKey(pem);
  } catch {
    const found = /ENCRYPTED/.test(pem)
      ? `one with a passphrase in ${quoted(path)}`
      : `one in ${quoted(path)} that cannot be read`;
    throw new Expected('a private key without a passphrase', found);
  }
}
