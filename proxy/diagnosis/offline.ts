import type { Finding } from '../contract/index.ts';

/**
 * A name that does not exist is a typing error, unless it is one of a well-known provider's servers, or one that was
 * reached before: then the name service was never really asked.
 *
 * @param finding what was found; returned unchanged unless it is about such a name
 * @param server the configured server
 * @param reachedBefore whether it was verified before
 */
export async function orOffline(finding: Finding, server: string, reachedBefore: boolean): Promise<Finding> {
  if (finding.code !== 'dns-not-found') return finding;
  if (reachedBefore) return { code: 'offline' };
  const { default: table } = await import('../../assets/providers.json', { with: { type: 'json' } });
  const name = server.toLowerCase().replace(/\.$/, '');
  const known = table.providers.some(({ servers }) => servers?.some((each) => each.server === name));
  return known ? { code: 'offline' } : finding;
}
