import type { KnownServer } from '../../proxy/contract/index.ts';
import { localDate } from './event-line.ts';

/** A server that was verified without a decision, and how recently its revocation was checked: two lines, indented. */
export function serverLines({ id, account, host, port, lastVerifiedAt, revocation }: KnownServer): string[] {
  const first = `  ${id.slice(0, 12)}  ${host} port ${port} (account ${account}), last ${localDate(lastVerifiedAt)}`;
  if (!revocation) return [first, '    Whether the certificate has been revoked has not been looked up yet.'];
  const { message, checkedAt, nextUpdate } = revocation;
  const fresh = nextUpdate === null ? '' : `; valid until ${localDate(nextUpdate)}`;
  return [first, `    ${message} (looked up ${localDate(checkedAt)}${fresh})`];
}
