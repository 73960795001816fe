import type { Certificate } from '../x509/certificate.ts';
import type { DistributionPoint } from '../x509/distribution-points.ts';
import { limits } from '../x509/limits.ts';

/** How many addresses of one certificate are considered. Public ones name one or two. */
const maxUrls = 4;
/** Characters in one address. */
const maxUrlLength = 1_000;

/**
 * Where the issuer of a certificate publishes its list (RFC 5280 §4.2.1.13): http and https addresses, unchanged.
 * Points that cover only some reasons, or whose list somebody else signs, are left out: such lists are not used. An
 * extension that cannot be read is a fault of the certificate.
 */
export function listUrls({ extensions, issuer }: Pick<Certificate, 'extensions' | 'issuer'>): string[] {
  const points = (extensions.crlDistributionPoints ?? []).filter((point) => isUsable(point, issuer.key));
  const urls = points
    .flatMap((point) => point.urls)
    .slice(0, limits.entries)
    .filter(isFetchable);
  return [...new Set(urls)].slice(0, maxUrls);
}

function isUsable({ forSomeReasons, signers }: DistributionPoint, issuerKey: string): boolean {
  if (forSomeReasons) return false;
  return (signers ?? []).every((signer) => signer.kind === 'directory' && signer.name.key === issuerKey);
}

function isFetchable(text: string): boolean {
  if (text.length > maxUrlLength || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
