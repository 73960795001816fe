import { DerFault, DerReader, readCount, readOid, tag } from './der.ts';
import { limits } from './limits.ts';

/** The extensions about certificate policies (RFC 5280 §4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14). */
export interface PolicyExtensions {
  policies: string[] | null;
  policyMappings: { from: string; to: string }[];
  requireExplicitPolicy: number | null;
  inhibitPolicyMapping: number | null;
  inhibitAnyPolicy: number | null;
}

/** The policy that stands for every other (RFC 5280 §4.2.1.4). */
export const anyPolicy = '2.5.29.32.0';

const oid = {
  policies: '2.5.29.32',
  mappings: '2.5.29.33',
  constraints: '2.5.29.36',
  inhibitAny: '2.5.29.54',
} as const;

/**
 * Reads one extension if it is about policies.
 *
 * @returns false when it is not
 * @throws {DerFault}
 */
export function readPolicyExtension(
  into: PolicyExtensions,
  id: string,
  critical: boolean,
  value: Buffer,
  formalities: string[],
): boolean {
  switch (id) {
    case oid.policies:
      into.policies = DerReader.inside(value)
        .rest(limits.entries)
        .map((policy) => readOid(DerReader.inside(policy.whole).expect(tag.oid).content));
      return true;
    case oid.mappings:
      into.policyMappings = DerReader.inside(value)
        .rest(limits.entries)
        .map((mapping) => {
          const pair = DerReader.inside(mapping.whole);
          const from = readOid(pair.expect(tag.oid).content);
          const to = readOid(pair.expect(tag.oid).content);
          pair.end();
          if (from === anyPolicy || to === anyPolicy) throw new DerFault('it maps the policy "any"');
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
      if (!critical) formalities.push('has policy constraints that are not marked as critical');
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
