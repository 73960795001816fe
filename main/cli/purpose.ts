import { type Protocol, protocolFacts } from '../../proxy/contract/index.ts';

/** What a relay is for: `incoming, IMAP`. */
export function purposeOf(protocol: Protocol): string {
  const { purpose, name } = protocolFacts[protocol];
  return `${purpose}, ${name}`;
}
