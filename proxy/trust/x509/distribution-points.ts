import { DerReader, type Element, tag } from './der.ts';
import { type GeneralName, readGeneralNames } from './general-names.ts';
import { limits } from './limits.ts';

/** One location of a list of revoked certificates (RFC 5280 §4.2.1.13). */
export interface DistributionPoint {
  /** Its addresses; none where it is relative to the issuer's name. */
  urls: string[];
  /** It covers only some reasons for revocation. */
  forSomeReasons: boolean;
  /** Who signs the list, if not the issuer. */
  signers: GeneralName[] | null;
}

/**
 * @param value the extension, DER
 * @throws {DerFault}
 */
export function readDistributionPoints(value: Buffer): DistributionPoint[] {
  return DerReader.inside(value)
    .rest(limits.entries)
    .map((point) => {
      const fields = DerReader.inside(point.whole);
      const name = fields.optional(tag.constructed(0));
      const reasons = fields.optional(tag.primitive(1));
      const signers = fields.optional(tag.constructed(2));
      fields.end();
      return {
        urls: name ? readPointName(name) : [],
        forSomeReasons: reasons !== undefined,
        signers: signers ? readGeneralNames(new DerReader(signers.content), limits.entries) : null,
      };
    });
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
  if (!full) {
    choice.expect(tag.constructed(1));
    choice.end();
    return [];
  }
  choice.end();
  const names = readGeneralNames(new DerReader(full.content), limits.entries);
  return names.flatMap((name) => (name.kind === 'uri' ? [name.text] : []));
}
