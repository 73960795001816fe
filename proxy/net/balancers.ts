import { BlockList, isIP } from 'node:net';

/** The peers whose connections begin with a PROXY protocol header. */
export interface Balancers {
  has(address: string | undefined): boolean;
}

/** @param entries addresses, and nets as `10.0.0.0/16`; already checked */
export function balancersOf(entries: readonly string[]): Balancers {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return {
    has(address = '') {
      const family = isIP(address);
      return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/** Whether the other end of a connection is a program on this computer. */
export function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address ?? '');
}
