import { networkInterfaces } from 'node:os';

/** The addresses that this computer has right now, a link-local one with its zone, as in `fe80::1%eth0`. */
export function ownAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, family, scopeid }) =>
      family === 'IPv6' && scopeid !== 0 ? `${address}%${name}` : address,
    ),
  );
}
