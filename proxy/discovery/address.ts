import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** An e-mail address, taken apart. */
export interface EmailAddress {
  /** The whole, with the domain as it is looked up in DNS. */
  address: string;
  local: string;
  /** In lower case and ASCII (RFC 5890 §2.3.2.1), without a trailing dot. */
  domain: string;
}

/** RFC 5321 §4.5.3.1.1 and §4.5.3.1.2, in octets. */
const maxLocalLength = 64;
const maxDomainLength = 253;

/**
 * Reads what a person typed as their address.
 *
 * @returns null when its servers cannot be looked for: no domain, a quoted local part, an IP address
 */
export function parseAddress(typed: string): EmailAddress | null {
  const text = typed.trim();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const host = text
    .slice(at + 1)
    .toLowerCase()
    .replace(/\.$/, '');
  // Parsed as part of a URL: anything that belongs to other parts would be silently dropped.
  const domain = /[\s/\\?#%:@[\]\p{Cc}\p{Cf}]/u.test(host) ? '' : domainToASCII(host);
  if (!/^[^\s"(),:;<>@[\\\]\p{Cc}\p{Cf}]+$/u.test(local) || Buffer.byteLength(local) > maxLocalLength) return null;
  if (domain.length > maxDomainLength || !domain.includes('.') || !isHostName(domain)) return null;
  return { address: `${local}@${domain}`, local, domain };
}

/** Whether a text is a name that a server can have (RFC 1123 §2.1), and not an IP address in any spelling. */
export function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > maxDomainLength || isIP(text) !== 0) return false;
  const labels = text.split('.');
  if (labels.some((label) => !/^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label))) return false;
  // All digits or hexadecimal in the last label: some look-ups take that for an address (RFC 3986 §3.2.2).
  return !/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '');
}

/** Whether a host belongs to a domain: it is the domain, or a name below it. */
export function isInside(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
