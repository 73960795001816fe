import type { Certificate } from '../x509/certificate.ts';
import { anyPolicy, type PolicyExtensions } from '../x509/policies.ts';

function narrowed(valid: Set<string> | null, policies: readonly string[]): Set<string> {
  const named = policies.filter((policy) => policy !== anyPolicy);
  return new Set(valid ? named.filter((policy) => valid.has(policy)) : named);
}

/** What an issuer's policies are called below it. */
function mapped(valid: Set<string>, mappings: PolicyExtensions['policyMappings'], allowed: boolean): Set<string> {
  const below = new Set(valid);
  const applying = mappings.filter(({ from }) => valid.has(from));
  for (const { from } of applying) below.delete(from);
  if (allowed) for (const { to } of applying) below.add(to);
  return below;
}

/**
 * Policy processing of RFC 5280 §6.1, for a relying party that accepts any policy and only cares whether the path
 * itself demands one. The valid policies are kept as a set, which answers that question just as the tree would.
 *
 * @param path leaf first, anchor last
 * @returns true when the path demands a policy and has none
 */
export function lacksDemandedPolicy(path: readonly Certificate[]): boolean {
  const links = path.slice(0, -1).reverse();
  let explicit = links.length + 1;
  let mapping = links.length + 1;
  let any = links.length + 1;
  /** Null stands for any policy. */
  let valid: Set<string> | null = null;
  for (const [index, { extensions, selfIssued }] of links.entries()) {
    const last = index === links.length - 1;
    const { policies } = extensions;
    if (!policies) valid = new Set();
    else if (!(policies.includes(anyPolicy) && (any > 0 || (selfIssued && !last)))) {
      valid = narrowed(valid, policies);
    }
    if (last) {
      if (explicit > 0) explicit -= 1;
      if (extensions.requireExplicitPolicy === 0) explicit = 0;
      break;
    }
    if (valid !== null) valid = mapped(valid, extensions.policyMappings, mapping > 0);
    if (!selfIssued) {
      explicit = Math.max(0, explicit - 1);
      mapping = Math.max(0, mapping - 1);
      any = Math.max(0, any - 1);
    }
    explicit = Math.min(explicit, extensions.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, extensions.inhibitPolicyMapping ?? mapping);
    any = Math.min(any, extensions.inhibitAnyPolicy ?? any);
  }
  return explicit === 0 && valid !== null && valid.size === 0;
}
