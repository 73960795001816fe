import type { Protocol } from '../protocol.ts';
import { protocolFacts } from '../protocol-facts.ts';

/** A server that the person has to confirm: it lies outside the address's domain, and only unsigned DNS vouches for it. */
export const dnsAloneSays = (server: string, address: string) =>
  `DNS alone says that ${server} is the server of ${address}, and DNS can be forged. Your password would be sent to it.`;

/** As the configuration has it. */
const maxNameLength = 100;

/** What the account of a directory, or of a news server, that was found for an address is called. */
export function accountApart(protocol: Protocol, address: string): string {
  const kind = protocolFacts[protocol].purpose === 'news' ? 'News' : 'Address book';
  return `${kind} of ${address.slice(address.lastIndexOf('@') + 1)}`.slice(0, maxNameLength);
}
