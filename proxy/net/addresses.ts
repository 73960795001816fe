import { BlockList, isIP } from 'node:net';

/** Addresses and nets of both families. */
export interface AddressList {
  /** @param address without a zone; anything that is no address is not on the list */
  has(address: string | undefined): boolean;
}

/** @param entries addresses, and nets such as `10.0.0.0/16`; already checked */
export function addressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return { has: (address = '') => isIP(address) !== 0 && list.check(address, familyOf(address)) };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/**
 * An address of a connection without what depends on the socket: the zone, and the form that IPv4 has on an IPv6 socket
 * (RFC 4291 §2.5.5.2).
 *
 * @returns empty for a connection that has ended
 */
export function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') ?? '';
}
