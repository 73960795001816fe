import { type Protocol, protocols, type TlsMode, tlsModes } from './protocol.ts';
import { protocolFacts } from './protocol-facts.ts';

/**
 * What to expect at a port that is usual for mail or news. 25 is where servers pass mail on, and where old programs submit
 * it.
 */
export const usualAtPort: Readonly<Record<number, { protocol: Protocol; tls: TlsMode }>> = {
  25: { protocol: 'smtp', tls: 'starttls' },
  ...Object.fromEntries(
    protocols.flatMap((protocol) => tlsModes.map((tls) => [protocolFacts[protocol].ports[tls], { protocol, tls }])),
  ),
};
