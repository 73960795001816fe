import { DerFault, DerReader, readBitString, readBoolean, readCount, readOid, tag } from './der.ts';
import { type DistributionPoint, readDistributionPoints } from './distribution-points.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general-names.ts';
import { limits } from './limits.ts';
import { type PolicyExtensions, readPolicyExtension } from './policies.ts';

/** What the extensions of a certificate say (RFC 5280 §4.2), as far as trust depends on it. */
export interface Extensions extends PolicyExtensions {
  basicConstraints: { ca: boolean; pathLength: number | null; critical: boolean } | null;
  /** Bits that are set, by their names in RFC 5280 §4.2.1.3; null when the extension is missing. */
  keyUsage: Set<KeyUsage> | null;
  /** OIDs of purposes; null when the extension is missing. */
  extendedKeyUsage: string[] | null;
  extendedKeyUsageCritical: boolean;
  /** Null when the extension is missing or cannot be read. */
  subjectAltName: GeneralName[] | null;
  subjectAltNameCritical: boolean;
  nameConstraints: { permitted: GeneralName[]; excluded: GeneralName[] } | null;
  subjectKeyIdentifier: Buffer | null;
  authorityKeyIdentifier: Buffer | null;
  /** Whether the authority key identifier names a key and nothing else; null when the extension is missing. */
  authorityByKeyAlone: boolean | null;
  /** Where lists of revoked certificates are; null when the extension is missing or cannot be read. */
  crlDistributionPoints: DistributionPoint[] | null;
  /** The server promises to staple an OCSP response (RFC 7633, feature 5). */
  mustStaple: boolean;
  /** OIDs marked as critical that are not processed here: such a certificate may not be used (RFC 5280 §4.2). */
  unknownCritical: string[];
}

export type KeyUsage = (typeof keyUsages)[number];
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export const oid = {
  authorityInformationAccess: '1.3.6.1.5.5.7.1.1',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  anyPurpose: '2.5.29.37.0',
} as const;

/** Completes the fault "… has an extension for X that cannot be read". */
const meanings: Record<string, string> = {
  [oid.authorityInformationAccess]: 'access to its issuer',
  [oid.tlsFeature]: 'TLS features',
  [oid.subjectKeyIdentifier]: 'its key identifier',
  [oid.keyUsage]: 'key usage',
  [oid.subjectAltName]: 'names',
  [oid.basicConstraints]: 'basic constraints',
  [oid.nameConstraints]: 'name constraints',
  [oid.crlDistributionPoints]: 'where the lists of revoked certificates are',
  [oid.authorityKeyIdentifier]: "its issuer's key identifier",
  [oid.extendedKeyUsage]: 'purposes',
};

/** Reads one Extension of a certificate or of a list (RFC 5280 §4.1). @throws {DerFault} when it is not one */
export function readExtension(reader: DerReader): { id: string; critical: boolean; value: Buffer } {
  const extension = reader.enter();
  const id = readOid(extension.expect(tag.oid).content);
  const flag = extension.optional(tag.boolean);
  const critical = flag ? readBoolean(flag.content) : false;
  const value = extension.expect(tag.octetString).content;
  extension.end();
  return { id, critical, value };
}

/**
 * Reads the extensions. One that cannot be read is a fault and never merely missing.
 *
 * @param reader inside the Extensions, or null when there are none
 * @param faults receives what breaks the rules
 * @param formalities receives what breaks rules that bind only public authorities
 * @throws {DerFault} when the list itself cannot be read
 */
export function readExtensions(reader: DerReader | null, faults: string[], formalities: string[]): Extensions {
  const found: Extensions = {
    basicConstraints: null,
    keyUsage: null,
    extendedKeyUsage: null,
    extendedKeyUsageCritical: false,
    subjectAltName: null,
    subjectAltNameCritical: false,
    nameConstraints: null,
    subjectKeyIdentifier: null,
    authorityKeyIdentifier: null,
    authorityByKeyAlone: null,
    crlDistributionPoints: null,
    mustStaple: false,
    unknownCritical: [],
    policies: null,
    policyMappings: [],
    requireExplicitPolicy: null,
    inhibitPolicyMapping: null,
    inhibitAnyPolicy: null,
  };
  const seen = new Set<string>();
  while (reader && !reader.done) {
    const { id, critical, value } = readExtension(reader);
    if (seen.has(id)) faults.push(`has the extension ${meanings[id] ?? id} twice`);
    seen.add(id);
    if (seen.size > limits.extensions) throw new DerFault('it has too many extensions');
    try {
      const known =
        readKnown(found, id, critical, value) || readPolicyExtension(found, id, critical, value, formalities);
      if (!known && critical) found.unknownCritical.push(id);
    } catch (error) {
      if (!(error instanceof DerFault)) throw error;
      faults.push(`has an extension for ${meanings[id] ?? id} that cannot be read (${error.message})`);
    }
  }
  return found;
}

/** @returns false when the extension is not processed, and therefore may not be critical. */
function readKnown(into: Extensions, id: string, critical: boolean, value: Buffer): boolean {
  switch (id) {
    case oid.basicConstraints: {
      const reader = DerReader.inside(value);
      const ca = reader.optional(tag.boolean);
      const pathLength = reader.optional(tag.integer);
      reader.end();
      into.basicConstraints = {
        ca: ca ? readBoolean(ca.content) : false,
        pathLength: pathLength ? readCount(pathLength.content) : null,
        critical,
      };
      return true;
    }
    case oid.keyUsage: {
      const outer = new DerReader(value);
      const bits = readBitString(outer.expect(tag.bitString).content);
      outer.end();
      const set = keyUsages.filter((_, i) => ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0);
      if (set.length === 0) throw new DerFault('it allows nothing');
      into.keyUsage = new Set(set);
      return true;
    }
    case oid.extendedKeyUsage: {
      const purposes = DerReader.inside(value)
        .rest(limits.entries)
        .map((element) => {
          if (element.tag !== tag.oid) throw new DerFault('a purpose is no object identifier');
          return readOid(element.content);
        });
      if (purposes.length === 0) throw new DerFault('it allows nothing');
      into.extendedKeyUsage = purposes;
      into.extendedKeyUsageCritical = critical;
      return true;
    }
    case oid.subjectAltName: {
      const names = readGeneralNames(DerReader.inside(value));
      if (names.length === 0) throw new DerFault('it is empty');
      into.subjectAltName = names;
      into.subjectAltNameCritical = critical;
      return true;
    }
    case oid.nameConstraints:
      into.nameConstraints = readNameConstraints(value);
      return true;
    case oid.tlsFeature:
      into.mustStaple = DerReader.inside(value)
        .rest(limits.entries)
        .some((feature) => readCount(feature.content) === 5);
      return true;
    case oid.subjectKeyIdentifier: {
      const outer = new DerReader(value);
      into.subjectKeyIdentifier = outer.expect(tag.octetString).content;
      outer.end();
      return false;
    }
    case oid.authorityKeyIdentifier: {
      const reader = DerReader.inside(value);
      into.authorityKeyIdentifier = reader.optional(tag.primitive(0))?.content ?? null;
      into.authorityByKeyAlone = into.authorityKeyIdentifier !== null && reader.done;
      return false;
    }
    case oid.crlDistributionPoints:
      into.crlDistributionPoints = readDistributionPoints(value);
      return false;
    case oid.authorityInformationAccess: {
      const reader = DerReader.inside(value);
      if (reader.done) throw new DerFault('it is empty');
      for (const { whole } of reader.rest(limits.entries)) {
        const description = DerReader.inside(whole);
        readOid(description.expect(tag.oid).content);
        readGeneralName(description);
        description.end();
      }
      return false;
    }
    default:
      return false;
  }
}

/** RFC 5280 §4.2.1.10: at least one list, none of them empty, `minimum` 0 and no `maximum`. */
function readNameConstraints(value: Buffer): { permitted: GeneralName[]; excluded: GeneralName[] } {
  const reader = DerReader.inside(value);
  const subtrees = (n: number) => {
    const list = reader.optional(tag.constructed(n));
    if (!list) return [];
    const bases = new DerReader(list.content).rest().map((subtree) => {
      const inside = DerReader.inside(subtree.whole);
      const base = readGeneralName(inside);
      inside.end();
      return base;
    });
    if (bases.length === 0) throw new DerFault('a list in it is empty');
    return bases;
  };
  const constraints = { permitted: subtrees(0), excluded: subtrees(1) };
  reader.end();
  if (constraints.permitted.length + constraints.excluded.length === 0) throw new DerFault('it is empty');
  return constraints;
}
