import type { Certificate } from '../x509/certificate.ts';
import type { GeneralName } from '../x509/general-names.ts';
import { limits } from '../x509/limits.ts';
import { isWellFormedDnsName } from './server-name.ts';
import type { Work } from './work.ts';

const tooMany = 'its issuers limit more names than can be compared';

/** How constraints are interpreted. */
interface ConstraintContext {
  /** Takes RFC 5280 literally, as public authorities do. */
  strict: boolean;
  work: Work;
}

/**
 * Name constraints of RFC 5280 §4.2.1.10 and §6.1.4 (b), (c), (g) over a path. An issuer's constraints apply to
 * everything below it, except self-issued issuers.
 *
 * @param path leaf first, anchor last
 * @returns what is violated, completing "…: …"; null when all is well
 */
export function violatedConstraint(path: readonly Certificate[], { strict, work }: ConstraintContext): string | null {
  for (const [index, issuer] of path.entries()) {
    const constraints = issuer.extensions.nameConstraints;
    if (index === 0 || !constraints) continue;
    const bases = [...constraints.permitted, ...constraints.excluded];
    if (!work.comparisons(bases.length)) return tooMany;
    if (!bases.every((base) => isUsableBase(base, strict))) {
      return 'an issuer has name constraints in a form that does not exist';
    }
    const below = path.slice(0, index).filter((certificate, i) => i === 0 || !certificate.selfIssued);
    for (const certificate of below) {
      const names = namesOf(certificate);
      if (!work.comparisons(names.length * bases.length)) return tooMany;
      const broken = names.find((name) => !isAllowed(name, constraints));
      if (broken) return `an issuer is limited to other names: ${formOf(broken)} is outside of them`;
    }
  }
  return null;
}

function namesOf({ subject, extensions }: Certificate): GeneralName[] {
  const names = [...(extensions.subjectAltName ?? [])];
  if (subject.empty) return names;
  names.push({ kind: 'directory', name: subject });
  // RFC 5280 §4.2.1.10: an address in the subject is constrained, too, if there are no alternative names.
  if (!extensions.subjectAltName) {
    for (const { type, text } of subject.attributes) if (type === 'emailAddress') names.push({ kind: 'email', text });
  }
  return names;
}

function isAllowed(name: GeneralName, constraints: { permitted: GeneralName[]; excluded: GeneralName[] }): boolean {
  const alike = (base: GeneralName) =>
    base.kind === name.kind && (base.kind !== 'other' || base.form === formNumber(name));
  const permitted = constraints.permitted.filter(alike);
  const excluded = constraints.excluded.filter(alike);
  if (permitted.length + excluded.length === 0) return true;
  // Constrained forms that we do not interpret can only be refused (RFC 5280 §4.2.1.10).
  if (!isComparable(name)) return false;
  if (excluded.some((base) => isWithin(name, base, true))) return false;
  return permitted.length === 0 || permitted.some((base) => isWithin(name, base, false));
}

/**
 * @param excluding treat a wildcard name that *could* be inside the base as inside; for a permission, everything that
 *   it stands for has to be
 */
function isWithin(name: GeneralName, base: GeneralName, excluding: boolean): boolean {
  if (name.kind === 'dns' && base.kind === 'dns')
    return dnsWithin(name.text.toLowerCase(), base.text.toLowerCase(), excluding);
  if (name.kind === 'email' && base.kind === 'email') return emailWithin(name.text, base.text);
  if (name.kind === 'uri' && base.kind === 'uri') return hostWithin(hostOf(name.text) ?? '', base.text);
  if (name.kind === 'directory' && base.kind === 'directory') {
    return base.name.keys.every((key, i) => name.name.keys[i] === key);
  }
  if (name.kind !== 'ip' || base.kind !== 'ip' || base.bytes.length !== name.bytes.length * 2) return false;
  const size = name.bytes.length;
  return name.bytes.every(
    (byte, i) => (byte & (base.bytes[size + i] ?? 0)) === ((base.bytes[i] ?? 0) & (base.bytes[size + i] ?? 0)),
  );
}

function dnsWithin(name: string, base: string, excluding: boolean): boolean {
  if (base === '' || name === base) return true;
  // Companies write it this way, and OpenSSL and Go read it this way: everything inside a domain, but not the domain
  // itself.
  const inside = base.startsWith('.') ? base : `.${base}`;
  if (name.endsWith(inside)) return true;
  // `*.example.org` can stand for `mail.example.org` itself.
  return (
    excluding && name.startsWith('*.') && base.endsWith(name.slice(1)) && !base.slice(0, 1 - name.length).includes('.')
  );
}

/** A base is one mailbox, one host (`example.org`) or everything inside a domain (`.example.org`). */
function emailWithin(name: string, base: string): boolean {
  const at = name.lastIndexOf('@');
  const host = name.slice(at + 1).toLowerCase();
  const baseAt = base.lastIndexOf('@');
  if (baseAt >= 0) return name.slice(0, at) === base.slice(0, baseAt) && host === base.slice(baseAt + 1).toLowerCase();
  return hostWithin(host, base);
}

/** RFC 5280 §4.2.1.10 for mail and web addresses: one host, or, with a leading dot, everything inside a domain. */
function hostWithin(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base.toLowerCase()) : host === base.toLowerCase();
}

/** The host of a URI, which URI constraints apply to; null when it names none, or an address. */
function hostOf(uri: string): string | null {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@:]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1];
  const host = authority?.toLowerCase() ?? '';
  return isWellFormedDnsName(host) && !host.startsWith('*') && !/(?:^|\.)\d+$/.test(host) ? host : null;
}

/**
 * Malformed names match nothing, so under a constraint of their form they are refused; so are forms that are not
 * interpreted (RFC 5280 §4.2.1.10).
 */
function isComparable(name: GeneralName): boolean {
  switch (name.kind) {
    case 'dns':
      return isWellFormedDnsName(name.text);
    case 'ip':
      return name.bytes.length === 4 || name.bytes.length === 16;
    case 'email':
      return name.text.length <= limits.comparedAddress && /^[^@\s]+@[^@\s]+$/.test(name.text);
    case 'uri':
      return name.text.length <= limits.comparedAddress && hostOf(name.text) !== null;
    case 'directory':
      return name.name.comparable;
    default:
      return false;
  }
}

function isUsableBase(base: GeneralName, strict: boolean): boolean {
  switch (base.kind) {
    case 'dns': {
      // RFC 5280 §4.2.1.10 has this form only for mail and web addresses, not for servers.
      const name = !strict && base.text.startsWith('.') ? base.text.slice(1) : base.text;
      return base.text === '' || (!name.startsWith('*') && isWellFormedDnsName(name));
    }
    case 'email':
      return base.text.length <= limits.comparedAddress && /^(?:[^@\s]+@)?\.?[^@\s.][^@\s]*$/.test(base.text);
    case 'uri':
      return base.text.length <= limits.comparedAddress && isWellFormedDnsName(base.text.replace(/^\./, ''));
    case 'ip': {
      const half = base.bytes.length / 2;
      return (half === 4 || half === 16) && isMask(base.bytes.subarray(half));
    }
    case 'directory':
      return base.name.comparable;
    default:
      return true;
  }
}

/** RFC 5280 §4.2.1.10: CIDR style, so ones first and then zeros. */
function isMask(mask: Buffer): boolean {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return !bits.includes('01');
}

function formNumber(name: GeneralName): number {
  return name.kind === 'other' ? name.form : 0;
}

function formOf(name: GeneralName): string {
  const forms = { dns: 'a server name', email: 'a mail address', uri: 'a web address', ip: 'an address' } as const;
  if (name.kind === 'directory') return 'its subject';
  return name.kind === 'other' ? 'a name of an uncommon form' : forms[name.kind];
}
