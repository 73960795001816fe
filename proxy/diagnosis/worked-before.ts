import type { Finding } from '../contract/index.ts';

/**
 * A port that worked before has no typing error: if the server does not answer there any more, it is down, or the
 * network blocks it.
 *
 * @param finding what was found; returned unchanged unless it is about a port that does not answer
 * @param workedAt ISO 8601: when the account's last session with this server and port was secured; null if there was none
 */
export function afterSuccess(finding: Finding, workedAt: string | null): Finding {
  if (workedAt === null) return finding;
  if (finding.code === 'connection-refused') return { ...finding, facts: { ...finding.facts, workedAt } };
  if (finding.code === 'server-timeout') return { ...finding, facts: { ...finding.facts, workedAt } };
  return finding;
}
