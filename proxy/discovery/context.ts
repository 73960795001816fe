import type { Settings } from '../contract/index.ts';
import type { Resolve } from '../net/dial.ts';
import type { HttpExchange } from '../net/http-exchange.ts';
import { CommandFailed, failedWhilePaused } from '../state/command-failed.ts';
import type { DecidingDesk, TlsContext } from '../trust/tls/secure-upstream.ts';
import { createDns, type DnsQueries } from './dns.ts';
import type { DiscoveryContext } from './inquiry.ts';
import { createStrictDesk } from './strict-desk.ts';

/** How long a server that is only being tried may take, in milliseconds: many are tried, one after another. */
export const tryMilliseconds = 8_000;
/** And the search for all of them: longer than anyone waits before a progress bar that still moves. */
const searchMilliseconds = 90_000;

/** What a search uses of the core. */
export interface DiscoveryOptions {
  resolve: Resolve;
  exchange: HttpExchange | undefined;
  /** Without it, this computer's name servers are asked. */
  dns: DnsQueries | undefined;
  now: () => Date;
  revocations: DecidingDesk['revocations'];
  tlsContext: TlsContext;
  settings: Settings;
  paused: boolean;
}

/** @throws CommandFailed while no search is possible */
export function createDiscoveryContext(options: DiscoveryOptions): DiscoveryContext {
  const { resolve, exchange, dns = createDns(), now, revocations, tlsContext, settings, paused } = options;
  if (!exchange) throw new CommandFailed('failed', 'This Postern cannot look for servers.');
  if (paused) throw failedWhilePaused();
  return {
    dns,
    resolve,
    exchange,
    tlsContext,
    desk: createStrictDesk(now, revocations),
    tryMilliseconds: Math.min(settings.connectTimeoutSeconds * 1000, tryMilliseconds),
    searchMilliseconds,
  };
}
