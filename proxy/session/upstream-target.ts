import { localTlsOf, type RelayConfiguration } from '../contract/index.ts';
import { dialects } from '../dialects/index.ts';
import type { TlsContext } from '../trust/tls/secure-upstream.ts';
import type { UpstreamTarget } from './connect-upstream.ts';

/** What a relay's sessions reach. */
export function targetOf(
  account: string,
  configuration: RelayConfiguration,
  own: boolean,
  context: { tlsContext(relay: string): TlsContext },
): UpstreamTarget {
  const { name, protocol, server, address = server, port, tls } = configuration;
  const tlsContext = () => context.tlsContext(name);
  const ownLeg = localTlsOf(configuration);
  const localTls = ownLeg === 'offer' || ownLeg === 'require' ? ownLeg : undefined;
  return { relay: name, account, server, address, port, tls, own, dialect: dialects[protocol], tlsContext, localTls };
}
