import { localTlsOf, type RelayConfiguration, type RelayRow } from '../contract/index.ts';

/**
 * The row of a relay that begins.
 *
 * @param before that of the relay in whose place it comes: the new one goes on counting, since old sessions may still be running
 */
export function rowOf(
  account: string,
  { name, protocol, server, port, tls, lan, listen, admit }: RelayConfiguration,
  before: RelayRow | undefined,
): Omit<RelayRow, 'listeners' | 'lastVerified'> {
  return {
    ...{ name, account, protocol, server, port, tls },
    sessionsOpen: before?.sessionsOpen ?? 0,
    sessionsTotal: before?.sessionsTotal ?? 0,
    refusalsTotal: before?.refusalsTotal ?? 0,
    bytesUp: before?.bytesUp ?? 0,
    bytesDown: before?.bytesDown ?? 0,
    lastSuccess:
      before && isSamePath(before, { account, server, port, protocol, tls }) ? (before.lastSuccess ?? null) : null,
    lastRefusal: null,
    ...(lan ? { localTls: localTlsOf({ lan, listen }) } : {}),
    ...(lan && admit !== 'no-password' ? { takesPasswords: true } : {}),
    ...(lan && before?.devices ? { devices: before.devices } : {}),
  };
}

type Path = Pick<RelayRow, 'account' | 'server' | 'port' | 'protocol' | 'tls'>;

function isSamePath(a: Path, b: Path): boolean {
  return (['account', 'server', 'port', 'protocol', 'tls'] as const).every((key) => a[key] === b[key]);
}
