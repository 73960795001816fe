import type { Certificate } from '../x509/certificate.ts';
import { DerFault, DerReader, type Element, tag } from '../x509/der.ts';
import { readGeneralNames } from '../x509/general-names.ts';

/** Addresses of one certificate that are looked at. Public ones name one or two. */
const maxUrls = 4;
/** Characters of one address. */
const maxUrlLength = 1_000;

/**
 * Where the issuer of a certificate publishes its list (RFC 5280 §4.2.1.13): http and https addresses, as they stand
 * there. Points that are for some reasons alone, or whose list somebody else signs, are left out: such lists are not used.
 * Without an extension that can be read there are none.
 */
export function listUrls({ extensions, issuer }: Pick<Certificate, 'extensions' | 'issuer'>): string[] {
  const value = extensions.crlDistributionPoints;
  if (!value) return [];
  try {
    const points = DerReader.inside(value).rest();
    const urls = points.flatMap((point) => urlsOf(point, issuer.key));
    return [...new Set(urls)].slice(0, maxUrls);
  } catch (error) {
    if (error instanceof DerFault) return [];
    throw error;
  }
}

function urlsOf(point: Element, issuerKey: string): string[] {
  const fields = DerReader.inside(point.whole);
  const name = fields.optional(tag.constructed(0));
  const reasons = fields.optional(tag.primitive(1));
  const signers = fields.optional(tag.constructed(2));
  fields.end();
  if (!name || reasons) return [];
  const byIssuer = ({ content }: Element) =>
    readGeneralNames(new DerReader(content)).every(
      (signer) => signer.kind === 'directory' && signer.name.key === issuerKey,
    );
  if (signers && !byIssuer(signers)) return [];
  return readPointName(name).filter(isFetchable);
}

/**
 * The addresses in a DistributionPointName; none where it is relative to the issuer's name.
 *
 * @param wrapped the element `[0]` around the choice
 * @throws {DerFault}
 */
export function readPointName(wrapped: Element): string[] {
  const choice = new DerReader(wrapped.content);
  const full = choice.optional(tag.constructed(0));
  if (!full) return [];
  choice.end();
  return readGeneralNames(new DerReader(full.content)).flatMap((name) => (name.kind === 'uri' ? [name.text] : []));
}

function isFetchable(text: string): boolean {
  if (text.length > maxUrlLength || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
