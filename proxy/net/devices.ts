import { BlockList, type Socket } from 'node:net';
import { ownAddresses } from '../config/own-addresses.ts';
import { readNet } from '../contract/index.ts';
import { Refused } from './refused.ts';

/** The devices of the local network that a relay serves. */
export interface Devices {
  /** Why a client is not one of them; null for one that is. `gone`: it has already left, and nobody can tell. */
  stranger(client: Pick<Socket, 'remoteAddress'>): Refused | 'gone' | null;
}

/**
 * @param allow addresses and nets, as the configuration lists them
 * @param here the addresses of this computer now
 */
export function listDevices(allow: readonly string[], here: () => readonly string[] = ownAddresses): Devices {
  const list = new BlockList();
  for (const entry of allow) {
    const net = readNet(entry);
    if (typeof net === 'string') throw new TypeError(net);
    list.addSubnet(net.address, net.prefix, net.address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return {
    stranger({ remoteAddress }) {
      if (remoteAddress === undefined) return 'gone';
      // The listener is bound to one interface's address, so the zone adds nothing.
      const device = plain(remoteAddress);
      if (!list.check(device, device.includes(':') ? 'ipv6' : 'ipv4'))
        return notAllowed({ from: device, device: 'not-listed' });
      // Whose program it is can only be asked at loopback addresses: a net that includes this computer must not bypass
      // that.
      return here().some((own) => plain(own) === device) ? notAllowed({ from: device, device: 'here' }) : null;
    },
  };
}

function plain(address: string): string {
  return address.replace(/%.*$/, '');
}

function notAllowed(facts: { from: string; device: 'not-listed' | 'here' }): Refused {
  return new Refused('device-not-allowed', { code: 'device-not-allowed', facts });
}
