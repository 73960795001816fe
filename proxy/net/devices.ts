import type { Socket } from 'node:net';
import { ownAddresses } from '../config/own-addresses.ts';
import { isLoopback } from '../contract/local-address.ts';
import { addressList, plainAddress } from './addresses.ts';
import { Refused } from './refused.ts';

/** The devices of the local network that a relay serves. */
export interface Devices {
  /** Why a client is not one of them; null for one that is. `gone`: it has already left, so its address is unknown. */
  stranger(client: Pick<Socket, 'remoteAddress'>): Refused | 'gone' | null;
}

/**
 * @param allow addresses and nets, as the configuration lists them; already checked
 * @param here the addresses of this computer now
 */
export function listDevices(allow: readonly string[], here: () => readonly string[] = ownAddresses): Devices {
  const list = addressList(allow);
  return {
    stranger({ remoteAddress }) {
      if (remoteAddress === undefined) return 'gone';
      // The listener is bound to one interface's address, so the zone adds nothing.
      const device = plainAddress(remoteAddress);
      // The owner of a process can only be checked on loopback addresses: a net that includes this computer must not
      // bypass that. Nor may a local program pass for devices: it could make up any number of them.
      if (isLoopback(device) || here().some((own) => plainAddress(own) === device)) {
        return notAllowed({ from: device, device: 'here' });
      }
      return list.has(device) ? null : notAllowed({ from: device, device: 'not-listed' });
    },
  };
}

function notAllowed(facts: { from: string; device: 'not-listed' | 'here' }): Refused {
  return new Refused('device-not-allowed', { code: 'device-not-allowed', facts });
}
