/** Ways to have one server forward a message to another: none has a legitimate use at a submission server. */
export type Rerouting = 'source-route' | 'percent' | 'bang' | 'quoted' | 'two-domains';

/** What MAIL or RCPT names (RFC 5321 §4.1.2). */
export type SmtpPath =
  /** `address` is empty for the null sender. `parameters` as they are to be sent, without a blank in front. */
  { kind: 'path'; address: string; parameters: string } | { kind: 'rerouted'; by: Rerouting } | { kind: 'malformed' };

/**
 * Reads what follows MAIL or RCPT. Devices put blanks on either side of the brackets or inside them, or leave the
 * brackets out: all of that means the same thing. What could be read in two ways is malformed.
 *
 * @param argument one character a byte
 */
export function readSmtpPath(argument: string, word: 'FROM' | 'TO'): SmtpPath {
  const form = new RegExp(`^[ \\t]*${word}[ \\t]*:[ \\t]*(?:<([^<>]*)>|([^\\s<>]+))(.*)$`, 'is');
  const [whole, inBrackets, bare, after = ''] = form.exec(argument) ?? [];
  if (whole === undefined) return { kind: 'malformed' };
  const address = (inBrackets ?? bare ?? '').replace(/^[ \t]+|[ \t]+$/g, '');
  const parameters = after.split(/[ \t]+/).filter((parameter) => parameter !== '');
  if (!parameters.every((parameter) => parameterForm.test(parameter))) return { kind: 'malformed' };
  const fault = address === '' ? (word === 'TO' ? 'malformed' : null) : faultOf(address);
  if (fault === 'malformed') return { kind: 'malformed' };
  if (fault) return { kind: 'rerouted', by: fault };
  return { kind: 'path', address, parameters: parameters.join(' ') };
}

/** RFC 5321 §4.1.2. */
const parameterForm = /^[a-z\d][a-z\d-]*(?:=[\x21-\x3c\x3e-\x7e\x80-\xff]+)?$/i;

/** RFC 5321 §4.1.2, with letters beyond ASCII (RFC 6531) and the dots in odd places that some providers allow. */
const localPart = /^[\w#$&'*+/=?^`{|}~.\x80-\xff-]+$/;
const domain =
  /^(?:[\w\x80-\xff](?:[\w.\x80-\xff-]*[\w\x80-\xff])?\.?|\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[\da-f:.]+)\])$/i;

function faultOf(address: string): Rerouting | 'malformed' | null {
  if (/["\\]/.test(address)) return 'quoted';
  // RFC 5321 appendix C.
  if (/^@|^[^[]*[,:]/.test(address)) return 'source-route';
  const [local = '', host, ...more] = address.split('@');
  if (more.length > 0) return 'two-domains';
  if (local.includes('%')) return 'percent';
  if (address.includes('!')) return 'bang';
  if (!localPart.test(local)) return 'malformed';
  return host === undefined || domain.test(host) ? null : 'malformed';
}

/**
 * The parameters of MAIL without AUTH (RFC 4954 §5): on whose behalf a device says that it sends is its word alone, and a
 * server that trusts the account would hold it for the account's.
 */
export function withoutAuthor(parameters: string): string {
  return parameters
    .split(' ')
    .filter((parameter) => !/^AUTH(?:=|$)/i.test(parameter))
    .join(' ');
}

/** The size that MAIL announces (RFC 1870 §3), in bytes; null without one. */
export function announcedSize(parameters: string): number | null {
  const digits = /(?:^| )SIZE=(\d{1,20})(?: |$)/i.exec(parameters)?.[1];
  return digits === undefined ? null : Number(digits);
}
