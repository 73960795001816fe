import type { Certificate } from './certificate.ts';
import { DerFault, DerReader, readCount, readOid, tag } from './der.ts';

/** The extensions about certificate policies (RFC 5280 §4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14). */
export interface PolicyExtensions {
  policies: string[] | null;
  policyMappings: { from: string; to: string }[];
  requireExplicitPolicy: number | null;
  inhibitPolicyMapping: number | null;
  inhibitAnyPolicy: number | null;
}

const oid = {
  policies: '2.5.29.32',
  anyPolicy: '2.5.29.32.0',
  mappings: '2.5.29.33',
  constraints: '2.5.29.36',
  inhibitAny: '2.5.29.54',
} as const;

/**
 * Reads one extension when it is about policies.
 *
 * @returns false when it is not
 * @throws {DerFault}
 */
export function readPolicyExtension(
  into: PolicyExtensions,
  id: string,
  critical: boolean,
  value: Buffer,
  faults: string[],
): boolean {
  switch (id) {
    case oid.policies:
      into.policies = DerReader.inside(value)
        .rest()
        .map((policy) => readOid(DerReader.inside(policy.whole).expect(tag.oid).content));
      return true;
    case oid.mappings:
      into.policyMappings = DerReader.inside(value)
        .rest()
        .map((mapping) => {
          const pair = DerReader.inside(mapping.whole);
          const from = readOid(pair.expect(tag.oid).content);
          const to = readOid(pair.expect(tag.oid).content);
          pair.end();
          if (from === oid.anyPolicy || to === oid.anyPolicy) throw new DerFault('it maps the policy "any"');
          return { from, to };
        });
      return true;
    case oid.constraints: {
      const reader = DerReader.inside(value);
      const count = (n: number) => {
        const element = reader.optional(tag.primitive(n));
        return element ? readCount(element.content) : null;
      };
      into.requireExplicitPolicy = count(0);
      into.inhibitPolicyMapping = count(1);
      reader.end();
      if (!critical) faults.push('has policy constraints that are not marked as critical');
      return true;
    }
    case oid.inhibitAny: {
      const reader = new DerReader(value);
      into.inhibitAnyPolicy = readCount(reader.expect(tag.integer).content);
      reader.end();
      return true;
    }
    default:
      return false;
  }
}

function narrowed(valid: Set<string> | null, policies: readonly string[]): Set<string> {
  const named = policies.filter((policy) => policy !== oid.anyPolicy);
  return new Set(valid ? named.filter((policy) => valid.has(policy)) : named);
}

/** What the policies of an issuer are called below it. */
function mapped(valid: Set<string>, mappings: PolicyExtensions['policyMappings'], allowed: boolean): Set<string> {
  const below = new Set(valid);
  const applying = mappings.filter(({ from }) => valid.has(from));
  for (const { from } of applying) below.delete(from);
  if (allowed) for (const { to } of applying) below.add(to);
  return below;
}

/**
 * Policy processing of RFC 5280 §6.1, for someone who accepts any policy and cares only when the path itself demands
 * that there be one. The valid policies are kept as a set, which answers that question as the tree would.
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
    else if (!(policies.includes(oid.anyPolicy) && (any > 0 || (selfIssued && !last)))) {
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
