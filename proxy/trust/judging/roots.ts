import { existsSync, readFileSync } from 'node:fs';
import tls from 'node:tls';
import { type Certificate, readCertificate } from '../x509/certificate.ts';
import { DerFault, DerReader, tag } from '../x509/der.ts';
import { readName } from '../x509/distinguished-name.ts';
import type { Anchors } from './path.ts';

export interface RootsOptions {
  /** PEM texts of the configured authorities, each with one or more certificates. */
  certificateAuthorities: readonly string[];
  /** This computer's own by default. */
  builtIn?: BuiltInRoots;
}

/** The authorities that are trusted by default, as DER. */
export interface BuiltInRoots {
  /** Those of the web, which have to follow the CA/Browser Forum's requirements. */
  web(): readonly Buffer[];
  /** Those of the system, which its owner may have added to: a company's, for example. */
  system(): readonly Buffer[];
}

/**
 * Reads the configured authorities at once, and Mozilla's and the system's when first needed for a server.
 *
 * @throws {Error} when a configured text contains no certificate or an unreadable one; the message says so in words
 */
export function createRoots({ certificateAuthorities, builtIn = ofThisComputer }: RootsOptions): Anchors {
  const configured = certificateAuthorities.flatMap(readAuthorities);
  let index: RootIndex | null = null;
  const publicOnes = new Map<string, boolean>();
  const ready = () => {
    index ??= new RootIndex([...configured, ...builtIn.web(), ...builtIn.system()]);
    return index;
  };
  return {
    has: (certificate) => ready().has(certificate),
    named: (subjectKey) => ready().named(subjectKey),
    isPublic(anchor) {
      const known = publicOnes.get(anchor.fingerprint);
      if (known !== undefined) return known;
      const same = (der: Buffer) => der.equals(anchor.der);
      // An authority that the person configured counts as the person's choice, even if it is also a public one.
      const isPublic = !configured.some(same) && builtIn.web().some(same);
      // Bounded: it is only asked about anchors.
      publicOnes.set(anchor.fingerprint, isPublic);
      return isPublic;
    },
  };
}

/**
 * The certificates of one PEM text, as DER.
 *
 * @throws {Error} when there is none or one cannot be read; the message completes "… cannot be used: …"
 */
export function readAuthorities(pem: string): Buffer[] {
  const blocks = pemBlocks(pem);
  if (blocks.length === 0) throw new Error('it holds no certificate in PEM form');
  for (const der of blocks) {
    try {
      readCertificate(der);
    } catch (error) {
      if (error instanceof DerFault) throw new Error(`it holds a certificate that is broken: ${error.message}`);
      throw error;
    }
  }
  return blocks;
}

function pemBlocks(pem: string): Buffer[] {
  const blocks = pem.matchAll(/-----BEGIN (?:X509 )?CERTIFICATE-----([\s\w+/=]*?)-----END (?:X509 )?CERTIFICATE-----/g);
  return Array.from(blocks, ([, base64 = '']) => Buffer.from(base64, 'base64'));
}

let mozillaCache: Buffer[] | null = null;
let systemCache: Buffer[] | null = null;

/** Mozilla's authorities, which come with Node, and the system's. */
const ofThisComputer: BuiltInRoots = {
  web() {
    mozillaCache ??= tls.rootCertificates.flatMap(pemBlocks);
    return mozillaCache;
  },
  system() {
    systemCache ??= systemRoots().flatMap(pemBlocks);
    return systemCache;
  },
};

/** Where systems without an interface for it keep their authorities: Debian, Fedora, openSUSE, Alpine and the BSDs. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];

/**
 * Node reads the system's authorities through OpenSSL on these systems, which lets SSL_CERT_FILE and SSL_CERT_DIR
 * choose others, even at process start if NODE_OPTIONS asks for it. So the files are read here.
 */
function systemRoots(): string[] {
  return systemStore().pems;
}

/** The system's authorities. */
export interface SystemStore {
  /** Where they were read from: the system's own interface, a file, or nowhere. */
  from: string;
  pems: string[];
}

/**
 * A store that cannot be read, or that this build of Node has no access to (Electron's may have none), adds nobody:
 * Mozilla's authorities, which come with Node, remain, and the diagnostics say so.
 *
 * @param ask the interface of Windows and macOS; null where this Node has none
 */
export function systemStore(
  system: NodeJS.Platform = process.platform,
  ask: ((store: 'system') => string[]) | null = tls.getCACertificates ?? null,
): SystemStore {
  try {
    if (system === 'darwin' || system === 'win32') {
      const pems = ask?.('system') ?? [];
      return { from: pems.length > 0 ? 'the system' : 'nowhere', pems };
    }
    const bundle = systemBundles.find((path) => existsSync(path));
    return bundle ? { from: bundle, pems: [readFileSync(bundle, 'latin1')] } : { from: 'nowhere', pems: [] };
  } catch {
    return { from: 'nowhere', pems: [] };
  }
}

/** Which authorities are in use besides the configured ones, in one line for support. */
export function authoritiesInUse(store: SystemStore = systemStore()): string {
  const count = store.pems.flatMap(pemBlocks).length;
  const system = count === 0 ? 'none of the system, whose store could not be read' : `${count} of ${store.from}`;
  return `${ofThisComputer.web().length} of Mozilla, ${system}`;
}

/** Hundreds of roots, of which a server needs one: only names are read at first, and a whole certificate on demand. */
class RootIndex implements Omit<Anchors, 'isPublic'> {
  readonly #bySubject = new Map<string, (Buffer | Certificate)[]>();

  constructor(ders: readonly Buffer[]) {
    const seen = new Set<string>();
    for (const der of ders) {
      const text = der.toString('latin1');
      if (seen.has(text)) continue;
      seen.add(text);
      const subject = subjectKeyOf(der);
      if (subject === null) continue;
      const alike = this.#bySubject.get(subject);
      if (alike) alike.push(der);
      else this.#bySubject.set(subject, [der]);
    }
  }

  has(certificate: Certificate): boolean {
    return this.named(certificate.subject.key).some(({ fingerprint }) => fingerprint === certificate.fingerprint);
  }

  named(subjectKey: string): readonly Certificate[] {
    const entries = this.#bySubject.get(subjectKey);
    if (!entries) return [];
    const certificates = entries.flatMap((entry) => (Buffer.isBuffer(entry) ? parsed(entry) : [entry]));
    this.#bySubject.set(subjectKey, certificates);
    return certificates;
  }
}

function parsed(der: Buffer): Certificate[] {
  try {
    return [readCertificate(der)];
  } catch (error) {
    if (error instanceof DerFault) return [];
    throw error;
  }
}

/** The subject of a certificate, without reading the rest; null when there is none to read. */
function subjectKeyOf(der: Buffer): string | null {
  try {
    const tbs = new DerReader(DerReader.inside(der).expect(tag.sequence).content);
    tbs.optional(tag.constructed(0));
    for (const kind of [tag.integer, tag.sequence, tag.sequence, tag.sequence]) tbs.expect(kind);
    return readName(tbs.expect(tag.sequence).whole).key;
  } catch (error) {
    if (error instanceof DerFault) return null;
    throw error;
  }
}
