import { type BuiltInRoots, type RootsOptions, readAuthorities } from '../../proxy/trust/judging/roots.ts';

/** A computer that trusts nobody by default: replaces Mozilla's and the system's authorities. */
export const noneBuiltIn: BuiltInRoots = { web: () => [], system: () => [] };

/**
 * What a test trusts, and nobody else.
 *
 * @param pems the authorities
 * @param asPublic makes them public web authorities, which have to follow more rules than those that a person has
 *   chosen
 */
export function trusting(pems: readonly string[], asPublic = false): RootsOptions {
  if (!asPublic) return { certificateAuthorities: pems, builtIn: noneBuiltIn };
  return { certificateAuthorities: [], builtIn: { ...noneBuiltIn, web: () => pems.flatMap(readAuthorities) } };
}
