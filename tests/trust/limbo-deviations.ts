import { because } from './limbo.ts';

/**
 * Where Postern and x509-limbo differ when limbo's roots are treated as public authorities, each with its reason. A
 * case that is not listed here must agree; a listed one that agrees must be removed.
 *
 * One case agrees by luck: `webpki::san::public-suffix-private-namespace-wildcard-san` is refused for its common name.
 * Its wildcard would pass, since nothing here reads the private part of the public suffix list.
 */

/**
 * Accepted although limbo expects a refusal. Each of these chains does lead to a trusted authority, and the server's
 * name is one of its alternative names: what limbo objects to is a formality.
 */
export const acceptedAllTheSame: Record<string, string> = {
  ...because(
    'A trust anchor is a name and a key (RFC 5280 §6.1.1 d): who else vouches for it is not looked at. cve::cve-2024-0567 has an anchor of the same kind and expects that it is accepted.',
    'rfc5280::aki::cross-signed-root-missing-aki',
  ),
  ...because(
    "The identifiers of keys only help to find a path. TWCA Global Root CA on Mozilla's list has none, so public roots are not asked for it; intermediates are.",
    'rfc5280::ski::root-missing-ski',
  ),
  ...because(
    'The web asks for the opposite: webpki::nc::permitted-dns-match-noncritical is the same chain and expects that it is accepted. The limit is enforced either way.',
    'rfc5280::nc::permitted-dns-match-noncritical',
  ),
};

/** Refused, as a question that a person can answer, although limbo expects acceptance. */
export const refusedAllTheSame: Record<string, string> = {
  ...because(
    "The common name is example.com, which is not among the alternative names: webpki::cn::not-in-san expects a refusal for just that. From a company's authority Postern accepts them.",
    'rfc5280::nc::permitted-dns-match-more',
    'webpki::nc::nc-permits-dns-san-pattern',
    'webpki::san::leftmost-wildcard-san',
  ),
  ...because(
    "The web asks for the opposite: webpki::eku::ee-without-eku is the same chain and expects that it is refused. From a company's authority Postern accepts it.",
    'rfc5280::eku::ee-without-eku',
  ),
  ...because(
    'An authority in the place of a server: the web forbids it, and webpki::ca-as-leaf expects just this refusal.',
    'rfc5280::ca-as-leaf',
    'pathlen::validation-ignores-pathlen-in-leaf',
  ),
};
