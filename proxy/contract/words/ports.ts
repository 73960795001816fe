import { protocolFacts } from '../protocol-facts.ts';
import { usualAtPort } from '../usual-ports.ts';
import type { Where } from './failure.ts';

/** Which port, and which TLS mode, in the words of the account's form: only those of the one protocol that matters. */

type At = Pick<Where, 'portNumber' | 'protocol'>;

export const setAtOnce = 'Set “Encryption begins” of this path to “At once”';
export const setAfterGreeting = 'Set “Encryption begins” of this path to “After a greeting”';

/** Where encryption begins at once: "port 993 with encryption “At once”". */
export function portAtOnce({ protocol }: At): string {
  const port = protocol === undefined ? 'the provider’s port' : `port ${protocolFacts[protocol].ports.implicit}`;
  return `${port} with encryption “At once”`;
}

/** Whether it is the very port where this protocol has encryption at once. */
export function isPortAtOnce({ portNumber, protocol }: At): boolean {
  return protocol !== undefined && protocolFacts[protocol].ports.implicit === portNumber;
}

/** The usual ports of the protocol, a sentence: "IMAP usually has port 993 (…) or 143 (…)." */
export function usualPorts({ protocol }: At): string {
  if (protocol === undefined) return 'Compare the port with what your provider says.';
  const { name, ports } = protocolFacts[protocol];
  return `${name} usually has port ${ports.implicit} (encryption “At once”) or ${ports.starttls} (“After a greeting”).`;
}

/** A port whose number belongs to another protocol, two sentences; null for any other. */
export function portOfAnother({ portNumber, protocol }: At): string | null {
  const usual = portNumber === undefined ? undefined : usualAtPort[portNumber];
  if (protocol === undefined || usual === undefined || usual.protocol === protocol) return null;
  const [theirs, ours] = [protocolFacts[usual.protocol], protocolFacts[protocol]];
  return `Port ${portNumber} is usually for ${theirs.name} (${purposes[theirs.purpose]}), and this path is for ${ours.name} (${purposes[ours.purpose]}). ${usualPorts({ protocol })}`;
}

const purposes = {
  incoming: 'reading mail',
  outgoing: 'sending mail',
  news: 'news',
  'address-book': 'the address book',
} as const;
