import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { readPrivateFile, writeFileAtomically } from './config/atomic-file.ts';
import { type Configuration, type LocalCertificateRow, listenPlaces, localTlsOf } from './contract/index.ts';
import { bytesOf, canonical, isPrivate } from './contract/local-address.ts';
import { setAsideName } from './log/set-aside.ts';
import { type LocalIdentity, localTlsContext } from './net/local-tls.ts';
import type { StateStore } from './state/store.ts';
import { settleWarning } from './state/warning.ts';
import { selfSignedCertificate } from './trust/x509/self-signed.ts';

/** The key and the certificate, in one file: neither is of use without the other. */
const fileName = 'local-tls.pem';

const day = 86_400_000;
/** People carry it to their devices by hand, so it is renewed seldom; the clocks of some end in January 2038. */
const validMilliseconds = 5 * 365 * day;
/** Time to carry the next one to the devices. */
const renewBefore = 60 * day;
/** A device whose clock battery is empty starts in some year of this century. */
const notBefore = new Date('2000-01-01T00:00:00Z');

/** The certificate that Postern presents to devices. */
export interface LocalCertificate {
  /**
   * Makes it where relays need one, and renews it where it ends soon or lacks the address of one. Failures become
   * warnings in the state.
   */
  settle(configuration: Pick<Configuration, 'accounts'>): Promise<void>;
  /** The TLS context for the next handshake. @param old TLS 1.0 and 1.1, too */
  context(old: boolean): SecureContext;
  /** PEM, without the key; null where no relay has needed one. */
  readonly certificate: string | null;
}

/** @param directory the data directory; nothing is read or written before a relay needs it */
export function createLocalCertificate(directory: string, state: StateStore, now: () => Date): LocalCertificate {
  const path = join(directory, fileName);
  let identity: LocalIdentity | null = null;
  const contexts = new Map<boolean, SecureContext>();
  /** The addresses that devices connect to. */
  let addresses: readonly string[] = [];
  let settling: Promise<void> | null = null;

  function put(next: LocalIdentity): LocalIdentity {
    identity = next;
    contexts.clear();
    state.patch('core', 'core', { localCertificate: rowOf(next.certificate) });
    return next;
  }

  async function read(): Promise<LocalIdentity | null> {
    let problem: string;
    try {
      const text = await readPrivateFile(path);
      const found = text === null ? null : identityIn(text);
      if (text === null || found) return found;
      problem = `${path} is damaged`;
    } catch (error) {
      problem = (error as Error).message;
    }
    const aside = setAsideName(path);
    const moved = await rename(path, aside).then(
      () => ` It was set aside as ${aside}.`,
      () => '',
    );
    settleWarning(state, `${problem}.${moved} Devices are shown a new certificate: import it into them again.`, true);
    return null;
  }

  async function renew(): Promise<void> {
    const before = identity ?? (await read());
    if (before && fits(before.certificate, addresses, now())) {
      if (before !== identity) put(before);
      return;
    }
    // The same key as before: a device that remembers the key notices nothing.
    const key = before ? createPrivateKey(before.key) : await makeKey();
    const next = put({
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificate: certificateFor(key, addresses, now()),
    });
    const kept = await writeFileAtomically(path, `${next.key}${next.certificate}`).then(
      () => true,
      () => false,
    );
    const warning = `${path} cannot be written. Devices are shown another certificate after the next start.`;
    settleWarning(state, warning, !kept);
  }

  /** One after another: each looks at the file that the one before has left. */
  function renewInTurn(): Promise<void> {
    const mine: Promise<void> = (settling ?? Promise.resolve()).then(renew).finally(() => {
      if (settling === mine) settling = null;
    });
    settling = mine;
    return mine;
  }

  return {
    async settle({ accounts }) {
      const relays = accounts.flatMap((account) => account.relays).filter((relay) => localTlsOf(relay) !== 'off');
      if (relays.length === 0) return;
      const places = relays.flatMap(listenPlaces).map(({ address }) => address.replace(/%.*$/, ''));
      addresses = [...new Set(places.filter(isPrivate))];
      await renewInTurn();
    },
    context(old) {
      if (!identity) throw new Error('No certificate for devices was made.');
      // Nothing waits for it: the one in use is valid for weeks yet.
      if (!settling && endsSoon(new X509Certificate(identity.certificate), now())) void renewInTurn();
      const context = contexts.get(old) ?? localTlsContext(identity, old);
      contexts.set(old, context);
      return context;
    },
    get certificate() {
      return identity?.certificate ?? null;
    },
  };
}

/** RSA: many devices know nothing else. */
async function makeKey(): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey;
}

function certificateFor(key: KeyObject, addresses: readonly string[], now: Date): string {
  const host = hostname().toLowerCase();
  // A domain as RFC 5321 §4.1.2 defines it; multicast DNS (RFC 6762) finds the first label under "local".
  const isName = /^(?=.{1,63}(?:\.|$))[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(host) && host !== 'localhost';
  const dnsNames = isName ? [...new Set([host, `${host.split('.')[0]}.local`])] : [];
  return selfSignedCertificate(key, {
    // Devices that look for no alternative names compare this with what was typed into them: most often the address.
    commonName: addresses[0] ?? dnsNames[0] ?? 'Postern',
    dnsNames: addresses.length === 0 && dnsNames.length === 0 ? ['localhost'] : dnsNames,
    addresses: addresses.flatMap((address) => [bytesOf(address) ?? []]),
    notBefore,
    notAfter: new Date(now.getTime() + validMilliseconds),
  });
}

/** @returns null where the text is not a key with its certificate */
function identityIn(text: string): LocalIdentity | null {
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text)?.[0];
  if (key === undefined || certificate === undefined) return null;
  try {
    const publicKey = createPublicKey(createPrivateKey(key));
    return new X509Certificate(certificate).publicKey.equals(publicKey) ? { key, certificate } : null;
  } catch {
    return null;
  }
}

function fits(certificate: string, addresses: readonly string[], now: Date): boolean {
  const read = new X509Certificate(certificate);
  const has = namesOf(read);
  return !endsSoon(read, now) && addresses.every((address) => has.includes(address));
}

function endsSoon({ validTo }: X509Certificate, now: Date): boolean {
  return new Date(validTo).getTime() - now.getTime() < renewBefore;
}

/** The names and addresses that it is for, each in its usual spelling. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').map((each) => {
    const [, kind, name = ''] = /^(DNS|IP Address):(.*)$/.exec(each) ?? [];
    return kind === 'DNS' ? name : canonical(name);
  });
}

function rowOf(certificate: string): LocalCertificateRow {
  const read = new X509Certificate(certificate);
  return {
    fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter: new Date(read.validTo).toISOString(),
    names: namesOf(read),
  };
}
