import { plainAddress } from '../../net/addresses.ts';

/**
 * The names to try in our own EHLO, in order; its only purpose is to ask for TLS. The first is an address literal (RFC
 * 5321 §4.1.3) that reveals nothing: this computer's name and address are not sent in plaintext unless the server
 * insists.
 *
 * @param localAddress this computer's address on the connection to the server, as far as it is known
 * @param hostname as the system has it
 */
export function ourNames(localAddress: string | undefined, hostname: string): string[] {
  const names = ['[127.0.0.1]'];
  // A domain as RFC 5321 §4.1.2 defines it; anything else in the system's settings is useless here.
  if (/^(?=.{1,255}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i.test(hostname)) {
    names.push(hostname);
  }
  const address = plainAddress(localAddress);
  if (address !== '') names.push(address.includes(':') ? `[IPv6:${address}]` : `[${address}]`);
  return [...new Set(names)];
}
