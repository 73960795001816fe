import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign as signBytes,
  X509Certificate,
} from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  KeyIdentifier,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Version,
} from '@peculiar/asn1-x509';

/**
 * Keys and certificates for tests, created while the test runs. Everything is synchronous: node:crypto generates keys
 * and signs, so weak hashes and keys work too. EC P-256 with SHA-256 unless specified otherwise, which takes about a
 * millisecond.
 */

export type KeyKind =
  | 'ec'
  | 'ec384'
  | 'ec224'
  | 'ec521'
  /** P-256 with its parameters spelt out instead of the curve's name. */
  | 'ec-explicit'
  | 'ed25519'
  | 'rsa1024'
  | 'rsa2047'
  | 'rsa2048'
  | 'rsa4096'
  | 'dsa'
  | 'rsa-pss';
export interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
export type KeyUsageName =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign';
/** One name-constraint or alternative name. `ip` takes an address; in constraints `192.0.2.0/24`. */
export type NameEntry = { dns: string } | { ip: string } | { email: string } | { directory: string } | { uri: string };

export interface CertificateOptions {
  /** Common name; the first name by default. `null` makes an empty subject. */
  cn?: string | null;
  /** Attributes of the subject before the common name, as OID and text. */
  attributes?: [type: string, text: string][];
  /** dNSName entries, exactly as they appear in the certificate. */
  names?: string[];
  /** iPAddress entries. */
  ips?: string[];
  /** Further alternative names. */
  otherNames?: NameEntry[];
  sanCritical?: boolean;
  /** One day ago by default. */
  notBefore?: Date;
  /** In 90 days by default. */
  notAfter?: Date;
  key?: KeyKind | KeyPair;
  /** Hash of the signature on this certificate. */
  hash?: HashName;
  ca?: boolean;
  pathLength?: number;
  /** Default: keyCertSign and cRLSign for authorities, digitalSignature for others. `null` leaves it out. */
  keyUsage?: KeyUsageName[] | null;
  /** `serverAuth`, `clientAuth`, `any`, … or OIDs. Default: serverAuth for leaves, none for authorities. */
  eku?: string[] | null;
  nameConstraints?: { permitted?: NameEntry[]; excluded?: NameEntry[]; critical?: boolean };
  /** The TLS feature extension with status_request (RFC 7633). */
  mustStaple?: boolean;
  /** Where the issuer's list of revoked certificates is (RFC 5280 §4.2.1.13), one distribution point each. */
  lists?: string[];
  /** Added unchanged; `value` is the DER inside the OCTET STRING. */
  extensions?: { oid: string; critical?: boolean; value: Uint8Array }[];
  /** Leaves out basicConstraints, subjectKeyIdentifier and authorityKeyIdentifier too. */
  bare?: boolean;
  /** Big-endian bytes. */
  serial?: Uint8Array;
  /** 3 by default. */
  version?: 1 | 3;
  /** Changes the finished certificate's signature, so that it no longer verifies. */
  breakSignature?: boolean;
}

/** A certificate with its key, and the chain that a server presents with it. */
export interface Identity {
  certPem: string;
  keyPem: string;
  /** Leaf and intermediates, without the root: what goes into `tls.createServer({ cert })`. */
  chainPem: string;
  der: Buffer;
  /** Issuers from the nearest one up to and including the root; empty when self-signed. */
  issuers: Identity[];
  keys: KeyPair;
  subject: Name;
  x509: X509Certificate;
  /** SHA-256 of the DER, 64 lower-case hex digits. */
  fingerprint: string;
}

const day = 86_400_000;
const purposes: Record<string, string> = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
};
const usageOrder: KeyUsageName[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
];

// RSA and DSA keys are slow to generate: the tests of one process share a few, where keys need not differ.
const slowKeys = new Map<KeyKind, KeyPair>();

/** Generates a key pair. Kinds that are slow to generate are shared within one process. */
export function keyPair(kind: KeyKind = 'ec'): KeyPair {
  const curve = { ec: 'prime256v1', ec384: 'secp384r1', ec224: 'secp224r1', ec521: 'secp521r1' }[kind as string];
  if (curve) return generateKeyPairSync('ec', { namedCurve: curve });
  if (kind === 'ec-explicit') {
    return generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' });
  }
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  const known = slowKeys.get(kind);
  if (known) return known;
  const made =
    kind === 'dsa'
      ? generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
      : kind === 'rsa-pss'
        ? generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
        : generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) });
  slowKeys.set(kind, made);
  return made;
}

/** A root authority, self-signed. */
export function createAuthority(options: CertificateOptions = {}): Identity {
  return make(null, { cn: `Test Root ${randomBytes(3).toString('hex')}`, ca: true, ...options });
}

/** A certificate signed by `authority`: a leaf, or with `ca: true` an intermediate authority. */
export function issue(authority: Identity, options: CertificateOptions = {}): Identity {
  return make(authority, options);
}

/** A certificate that signed itself and is not an authority, as home-made servers present. */
export function selfSigned(options: CertificateOptions = {}): Identity {
  return make(null, { ca: false, ...options });
}

/**
 * Writes `<name>.pem` (leaf and intermediates), `<name>.key` (mode 0600) and `<name>-root.pem`, and returns their
 * paths.
 */
export function writeFiles(
  directory: string,
  identity: Identity,
  name = 'server',
): { certificate: string; key: string; root: string } {
  mkdirSync(directory, { recursive: true });
  const at = { certificate: `${name}.pem`, key: `${name}.key`, root: `${name}-root.pem` };
  writeFileSync(join(directory, at.certificate), identity.chainPem);
  writeFileSync(join(directory, at.key), identity.keyPem, { mode: 0o600 });
  writeFileSync(join(directory, at.root), (identity.issuers.at(-1) ?? identity).certPem);
  return {
    certificate: join(directory, at.certificate),
    key: join(directory, at.key),
    root: join(directory, at.root),
  };
}

/** PEM text around DER bytes. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** One DER element: a tag and its content. For extensions and faults that the options above do not cover. */
export function der(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(
    body.length.toString(16).padStart(body.length > 0xffff ? 6 : body.length > 0xff ? 4 : 2, '0'),
    'hex',
  );
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

/** A Name with these attributes followed by a common name, if any; empty without both. */
function distinguishedName(commonName: string | null, attributes: [type: string, text: string][] = []): Name {
  const all = commonName === null ? attributes : [...attributes, ['2.5.4.3', commonName] as const];
  return new Name(
    all.map(([type, text]) => {
      const value = new AttributeValue({ utf8String: text });
      return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
    }),
  );
}

function make(authority: Identity | null, options: CertificateOptions): Identity {
  const keys = typeof options.key === 'object' ? options.key : keyPair(options.key);
  const signer = authority?.keys ?? keys;
  const hash = options.hash ?? 'sha256';
  const subject = distinguishedName(
    options.cn === undefined ? (options.names?.[0] ?? options.ips?.[0] ?? 'Test') : options.cn,
    options.attributes,
  );
  const algorithm = signatureAlgorithm(signer.privateKey, hash);
  const tbs = new TBSCertificate({
    version: options.version === 1 ? Version.v1 : Version.v3,
    serialNumber: bytesOf(options.serial ?? Buffer.concat([Buffer.from([0x4a]), randomBytes(11)])),
    signature: algorithm,
    issuer: authority?.subject ?? subject,
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki(keys), SubjectPublicKeyInfo),
    extensions: new Extensions(options.version === 1 ? [] : extensionsOf(authority, keys, options)),
  });
  tbs.validity.notBefore = time(options.notBefore ?? new Date(Date.now() - day));
  tbs.validity.notAfter = time(options.notAfter ?? new Date(Date.now() + 90 * day));
  if (tbs.extensions?.length === 0) delete tbs.extensions;
  const signature = signWith(signer.privateKey, hash, Buffer.from(AsnConvert.serialize(tbs)));
  if (options.breakSignature) signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
  const encoded = Buffer.from(
    AsnConvert.serialize(
      new Certificate({ tbsCertificate: tbs, signatureAlgorithm: algorithm, signatureValue: bytesOf(signature) }),
    ),
  );
  return identity(encoded, keys, subject, authority ? [authority, ...authority.issuers] : []);
}

/** Signs in the way certificates and OCSP responses are signed; `hash` is ignored for Ed25519 and RSA-PSS. */
function signWith(key: KeyObject, hash: HashName, bytes: Uint8Array): Buffer {
  if (key.asymmetricKeyType === 'rsa-pss') {
    return signBytes('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }
  return signBytes(key.asymmetricKeyType === 'ed25519' ? null : hash, bytes, key);
}

/** The AlgorithmIdentifier that goes with {@link signWith}. */
function signatureAlgorithm(key: KeyObject, hash: HashName): AlgorithmIdentifier {
  const kind = key.asymmetricKeyType ?? '';
  const oid = {
    ec: {
      sha1: '1.2.840.10045.4.1',
      sha256: '1.2.840.10045.4.3.2',
      sha384: '1.2.840.10045.4.3.3',
      sha512: '1.2.840.10045.4.3.4',
    },
    rsa: {
      md5: '1.2.840.113549.1.1.4',
      sha1: '1.2.840.113549.1.1.5',
      sha256: '1.2.840.113549.1.1.11',
      sha384: '1.2.840.113549.1.1.12',
      sha512: '1.2.840.113549.1.1.13',
    },
    dsa: { sha256: '2.16.840.1.101.3.4.3.2' },
    ed25519: Object.fromEntries(['md5', 'sha1', 'sha256', 'sha384', 'sha512'].map((name) => [name, '1.3.101.112'])),
  } as Record<string, Partial<Record<string, string>>>;
  if (kind === 'rsa-pss') {
    // RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    const sha256 = der(0x30, Buffer.from('0609608648016503040201', 'hex'));
    const mgf1 = der(0x30, Buffer.from('06092a864886f70d010108', 'hex'), sha256);
    const salt = der(0x02, Buffer.from([32]));
    const parameters = der(0x30, der(0xa0, sha256), der(0xa1, mgf1), der(0xa2, salt));
    return new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.10', parameters: bytesOf(parameters) });
  }
  const algorithm = oid[kind]?.[hash];
  if (!algorithm) throw new Error(`no signature algorithm for ${kind} with ${hash}`);
  return new AlgorithmIdentifier(kind === 'rsa' ? { algorithm, parameters: null } : { algorithm });
}

function identity(encoded: Buffer, keys: KeyPair, subject: Name, issuers: Identity[]): Identity {
  const certPem = pem('CERTIFICATE', encoded);
  return {
    certPem,
    keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chainPem: [certPem, ...issuers.slice(0, -1).map((issuer) => issuer.certPem)].join(''),
    der: encoded,
    issuers,
    keys,
    subject,
    // Created on demand: a test may want a certificate that OpenSSL cannot read.
    get x509() {
      return new X509Certificate(encoded);
    },
    fingerprint: createHash('sha256').update(encoded).digest('hex'),
  };
}

function extensionsOf(authority: Identity | null, keys: KeyPair, options: CertificateOptions): Extension[] {
  const { ca = false, bare = false } = options;
  const list: Extension[] = [];
  const add = (extnID: string, critical: boolean, value: unknown) =>
    list.push(new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) }));
  const addRaw = (extnID: string, critical: boolean, value: Uint8Array) =>
    list.push(new Extension({ extnID, critical, extnValue: new OctetString(value) }));

  if (!bare) {
    const limits = options.pathLength === undefined ? {} : { pathLenConstraint: options.pathLength };
    add('2.5.29.19', true, new BasicConstraints({ cA: ca, ...limits }));
    add('2.5.29.14', false, new SubjectKeyIdentifier(keyIdentifier(keys)));
    if (authority) {
      const identifier = new KeyIdentifier(keyIdentifier(authority.keys));
      add('2.5.29.35', false, new AuthorityKeyIdentifier({ keyIdentifier: identifier }));
    }
  }
  const usage =
    options.keyUsage === undefined ? (ca ? ['keyCertSign', 'cRLSign'] : ['digitalSignature']) : options.keyUsage;
  if (usage && !(bare && options.keyUsage === undefined)) {
    let bits = 0;
    for (const name of usage) bits |= 0x80 >> usageOrder.indexOf(name as KeyUsageName);
    const unused = bits === 0 ? 0 : Math.clz32(bits & -bits) === 31 ? 0 : 31 - Math.clz32(bits & -bits);
    addRaw('2.5.29.15', true, der(0x03, bits === 0 ? Buffer.from([0]) : Buffer.from([unused, bits])));
  }
  const eku = options.eku === undefined ? (ca || bare ? null : ['serverAuth']) : options.eku;
  if (eku) add('2.5.29.37', false, new ExtendedKeyUsage(eku.map((name) => purposes[name] ?? name)));
  const names: NameEntry[] = [
    ...(options.names ?? []).map((dns) => ({ dns })),
    ...(options.ips ?? []).map((ip) => ({ ip })),
    ...(options.otherNames ?? []),
  ];
  if (names.length > 0) {
    const critical = options.sanCritical ?? (options.cn === null && !options.attributes);
    add('2.5.29.17', critical, new SubjectAlternativeName(names.map(generalName)));
  }
  if (options.nameConstraints) {
    const { permitted, excluded, critical = true } = options.nameConstraints;
    const subtrees = (entries: NameEntry[]) =>
      new GeneralSubtrees(entries.map((entry) => new GeneralSubtree({ base: generalName(entry) })));
    add(
      '2.5.29.30',
      critical,
      new NameConstraints({
        ...(permitted ? { permittedSubtrees: subtrees(permitted) } : {}),
        ...(excluded ? { excludedSubtrees: subtrees(excluded) } : {}),
      }),
    );
  }
  if (options.mustStaple) addRaw('1.3.6.1.5.5.7.1.24', false, der(0x30, der(0x02, Buffer.from([5]))));
  if (options.lists) addRaw('2.5.29.31', false, der(0x30, ...options.lists.map((url) => der(0x30, pointName([url])))));
  for (const { oid, critical = false, value } of options.extensions ?? []) addRaw(oid, critical, value);
  return list;
}

function generalName(entry: NameEntry): GeneralName {
  if ('dns' in entry) return new GeneralName({ dNSName: entry.dns });
  if ('ip' in entry) {
    if (!entry.ip.includes('/') && isIP(entry.ip) === 0) throw new Error(`no IP address: ${entry.ip}`);
    return new GeneralName({ iPAddress: entry.ip });
  }
  if ('email' in entry) return new GeneralName({ rfc822Name: entry.email });
  if ('uri' in entry) return new GeneralName({ uniformResourceIdentifier: entry.uri });
  return new GeneralName({ directoryName: distinguishedName(entry.directory) });
}

// RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from then on; neither has fractions of a second.
function time(date: Date): Time {
  const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
  return whole.getUTCFullYear() < 2050 ? new Time({ utcTime: whole }) : new Time({ generalTime: whole });
}

function spki(keys: KeyPair): Buffer {
  return keys.publicKey.export({ type: 'spki', format: 'der' });
}

/** The key identifier of RFC 5280 §4.2.1.2, computed over the whole SubjectPublicKeyInfo for brevity. */
function keyIdentifier(keys: KeyPair): Buffer {
  return createHash('sha1').update(spki(keys)).digest();
}

function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

export interface OcspOptions {
  status?: 'good' | 'revoked' | 'unknown';
  /** An hour ago by default. */
  thisUpdate?: Date;
  /** In a day by default; `null` leaves it out. */
  nextUpdate?: Date | null;
  /** Who signs, if not the issuer itself: its certificate is attached. */
  responder?: Identity;
  /** How many times the answer is included; once by default. */
  answers?: number;
  /** How many times the responder's certificate is attached; once by default. */
  attached?: number;
  /** Signs with this key instead, without declaring it. */
  forgedWith?: KeyPair;
  /** Hash over the issuer's name and key. */
  idHash?: 'sha1' | 'sha256';
  /** An error response (RFC 6960 §4.2.1), such as 3 for tryLater. */
  errorStatus?: number;
}

/** The OCSP response of `issuer` about `leaf`, as DER: what a server staples. */
export function ocspResponse(issuer: Identity, leaf: Identity, options: OcspOptions = {}): Buffer {
  const { status = 'good', idHash = 'sha1', responder, errorStatus = 0 } = options;
  if (errorStatus !== 0) return der(0x30, der(0x0a, Buffer.from([errorStatus])));
  const digest = (bytes: Uint8Array) => der(0x04, createHash(idHash).update(bytes).digest());
  const instant = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, ''), 'latin1'));
  const hashOid = { sha1: '06052b0e03021a', sha256: '0609608648016503040201' }[idHash];
  const issued = AsnConvert.parse(leaf.der, Certificate).tbsCertificate;
  const keyBits = AsnConvert.parse(spki(issuer.keys), SubjectPublicKeyInfo).subjectPublicKey;
  const id = der(
    0x30,
    der(0x30, Buffer.from(hashOid, 'hex')),
    digest(Buffer.from(AsnConvert.serialize(issued.issuer))),
    digest(Buffer.from(keyBits)),
    der(0x02, Buffer.from(issued.serialNumber)),
  );
  const states = {
    good: () => der(0x80),
    revoked: () => der(0xa1, instant(new Date(Date.now() - 7 * day))),
    unknown: () => der(0x82),
  };
  const hour = 3_600_000;
  const thisUpdate = options.thisUpdate ?? new Date(Date.now() - hour);
  const nextUpdate = options.nextUpdate === undefined ? new Date(Date.now() + day) : options.nextUpdate;
  const single = der(
    0x30,
    id,
    states[status](),
    instant(thisUpdate),
    ...(nextUpdate ? [der(0xa0, instant(nextUpdate))] : []),
  );
  const signer = responder ?? issuer;
  const name = der(0xa1, Buffer.from(AsnConvert.serialize(signer.subject)));
  const data = der(0x30, name, instant(thisUpdate), der(0x30, ...Array<Buffer>(options.answers ?? 1).fill(single)));
  const key = (options.forgedWith ?? signer.keys).privateKey;
  const algorithm = Buffer.from(AsnConvert.serialize(signatureAlgorithm(key, 'sha256')));
  const signature = der(0x03, Buffer.from([0]), signWith(key, 'sha256', data));
  const certificates = responder ? Array<Buffer>(options.attached ?? 1).fill(responder.der) : [];
  const attached = responder ? [der(0xa0, der(0x30, ...certificates))] : [];
  const basic = der(0x30, data, algorithm, signature, ...attached);
  const basicOid = Buffer.from('06092b0601050507300101', 'hex');
  return der(0x30, der(0x0a, Buffer.from([0])), der(0xa0, der(0x30, basicOid, der(0x04, basic))));
}

export interface RevocationListOptions {
  /** Serial numbers, big-endian, or certificates; with a CRLReason of RFC 5280 §5.3.1 or further entry extensions as DER. */
  revoked?: { serial: Uint8Array | Identity; reason?: number; at?: Date; extensions?: Uint8Array[] }[];
  /** An hour ago by default. */
  thisUpdate?: Date;
  /** In a week by default; `null` leaves it out. */
  nextUpdate?: Date | null;
  /** From 0 to 127; 1 by default. `null` leaves it out. */
  number?: number | null;
  /** What it covers (RFC 5280 §5.2.5); everything when absent. */
  scope?: {
    urls?: string[];
    leaves?: boolean;
    authorities?: boolean;
    reasons?: boolean;
    indirect?: boolean;
    attributes?: boolean;
  };
  /** Added unchanged; `value` is the DER inside the OCTET STRING. */
  extensions?: { oid: string; critical?: boolean; value: Uint8Array }[];
  /** Signs with this key instead, without declaring it. */
  forgedWith?: KeyPair;
  hash?: HashName;
}

/** The list of revoked certificates of `issuer`, as DER. Without any extension (the number is one) it is version 1. */
export function revocationList(issuer: Identity, options: RevocationListOptions = {}): Buffer {
  const { revoked = [], number = 1, scope, extensions = [], hash = 'sha256' } = options;
  const thisUpdate = options.thisUpdate ?? new Date(Date.now() - 3_600_000);
  const nextUpdate = options.nextUpdate === undefined ? new Date(Date.now() + 7 * day) : options.nextUpdate;
  const instant = (date: Date) =>
    der(
      0x17,
      Buffer.from(
        date
          .toISOString()
          .replace(/[-:T]|\.\d+/g, '')
          .slice(2),
        'latin1',
      ),
    );
  const extension = (oid: string, critical: boolean, value: Uint8Array) =>
    Buffer.from(AsnConvert.serialize(new Extension({ extnID: oid, critical, extnValue: new OctetString(value) })));
  const entries = revoked.map(({ serial, reason, at = new Date(Date.now() - day), extensions: others = [] }) => {
    const inside =
      reason === undefined ? others : [extension('2.5.29.21', false, der(0x0a, Buffer.from([reason]))), ...others];
    const bytes = 'der' in serial ? serialOf(serial) : serial;
    return der(0x30, der(0x02, bytes), instant(at), ...(inside.length === 0 ? [] : [der(0x30, ...inside)]));
  });
  const all = [
    ...(number === null ? [] : [extension('2.5.29.20', false, der(0x02, Buffer.from([number])))]),
    ...(scope ? [extension('2.5.29.28', true, issuingPoint(scope))] : []),
    ...extensions.map(({ oid, critical = false, value }) => extension(oid, critical, value)),
  ];
  const key = (options.forgedWith ?? issuer.keys).privateKey;
  const algorithm = Buffer.from(AsnConvert.serialize(signatureAlgorithm(key, hash)));
  const tbs = der(
    0x30,
    ...(all.length === 0 ? [] : [der(0x02, Buffer.from([1]))]),
    algorithm,
    Buffer.from(AsnConvert.serialize(issuer.subject)),
    instant(thisUpdate),
    ...(nextUpdate ? [instant(nextUpdate)] : []),
    ...(entries.length === 0 ? [] : [der(0x30, ...entries)]),
    ...(all.length === 0 ? [] : [der(0xa0, der(0x30, ...all))]),
  );
  return der(0x30, tbs, algorithm, der(0x03, Buffer.from([0]), signWith(key, hash, tbs)));
}

/** The bytes of a certificate's serial number. */
function serialOf({ der: encoded }: Identity): Buffer {
  return Buffer.from(AsnConvert.parse(encoded, Certificate).tbsCertificate.serialNumber);
}

/** DistributionPointName with full names, as the `[0]` of the structure around it. */
function pointName(urls: string[]): Buffer {
  return der(0xa0, der(0xa0, ...urls.map((url) => der(0x86, Buffer.from(url, 'latin1')))));
}

function issuingPoint(scope: NonNullable<RevocationListOptions['scope']>): Buffer {
  const { urls, leaves, authorities, reasons, indirect, attributes } = scope;
  const flag = (n: number, set = false) => (set ? [der(0x80 | n, Buffer.from([0xff]))] : []);
  return der(
    0x30,
    ...(urls ? [pointName(urls)] : []),
    ...flag(1, leaves),
    ...flag(2, authorities),
    ...(reasons ? [der(0x83, Buffer.from([1, 0x40]))] : []),
    ...flag(4, indirect),
    ...flag(5, attributes),
  );
}
