import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { getPublicSuffix } from 'tldts';
import type { GeneralName } from '../x509/general-names.ts';

/** The server that a certificate has to be for: a DNS name in A-labels, or an IP address. */
export type ExpectedName = { kind: 'dns'; name: string } | { kind: 'ip'; bytes: Buffer };

/**
 * Reads the configured server. Internationalised names become A-labels, and a trailing dot is removed.
 *
 * @returns null when no certificate could be for such a name
 */
export function expectedName(server: string): ExpectedName | null {
  if (isIP(server) !== 0) return { kind: 'ip', bytes: addressBytes(server) };
  const name = domainToASCII(server.replace(/\.$/, '')).toLowerCase();
  return name === '' || name.length > 253 || name.includes('*') ? null : { kind: 'dns', name };
}

/** The 4 or 16 bytes of an address that `net.isIP` accepts. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes every form of an IPv6 address as groups of hex digits with at most one gap.
  const [head = '', tail] = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::');
  const groups = (text = '') => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = groups(tail);
  const bytes = Buffer.alloc(16);
  before.forEach((group, i) => {
    bytes.writeUInt16BE(group, i * 2);
  });
  after.forEach((group, i) => {
    bytes.writeUInt16BE(group, 16 - (after.length - i) * 2);
  });
  return bytes;
}

/** A label in the preferred syntax (RFC 1034 §3.5, required by RFC 5280 §4.2.1.6). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Compares by RFC 9525 §6.3 to §6.5: only alternative names, never the common name; a wildcard is the whole left-most
 * label, stands for exactly one label and needs at least two labels after it; an address is compared only with
 * iPAddress entries, byte by byte.
 */
export function isNamed(expected: ExpectedName, names: readonly GeneralName[]): boolean {
  if (expected.kind === 'ip') {
    return names.some((name) => name.kind === 'ip' && name.bytes.equals(expected.bytes));
  }
  return names.some((name) => name.kind === 'dns' && dnsMatches(expected.name, name.text.toLowerCase()));
}

function dnsMatches(server: string, presented: string): boolean {
  if (!presented.startsWith('*.')) return presented === server && isName(server.split('.'));
  const dot = server.indexOf('.');
  // Compared first: hostile certificates have tens of thousands of names.
  if (dot <= 0 || server.slice(dot) !== presented.slice(1)) return false;
  const fixed = presented.split('.').slice(1);
  return presented.length <= 253 && fixed.length >= 2 && !isPublicSuffix(fixed.join('.')) && isName(fixed);
}

/** RFC 9525 §6.3: anything that ends in a number is an address, never a name. */
function isName(labels: readonly string[]): boolean {
  return labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

/**
 * Whether anyone can have a name below this one, as below `co.uk`: then no single owner could have vouched for all of
 * them. Uses the part of the Public Suffix List that registries answer for; `*.github.io` is its owner's certificate.
 */
function isPublicSuffix(name: string): boolean {
  return getPublicSuffix(name) === name;
}

/** Whether a dNSName has a form that is allowed in a certificate: a wildcard counts as one label. */
export function isWellFormedDnsName(text: string): boolean {
  return (
    text.length <= 253 &&
    text
      .toLowerCase()
      .replace(/^\*\./, '')
      .split('.')
      .every((part) => label.test(part))
  );
}
