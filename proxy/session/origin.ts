import type { Socket } from 'node:net';
import { isLoopback } from '../contract/local-address.ts';
import { type AddressList, plainAddress } from '../net/addresses.ts';
import type { Devices } from '../net/devices.ts';
import { Refused } from '../net/refused.ts';
import type { ProxySource } from '../protocols/proxy-header.ts';

/** The clients that a relay serves besides the programs of this computer. */
export interface Served {
  /** The machines that may connect, where the relay serves devices of the local network; null or absent elsewhere. */
  devices?: Devices | null;
  /** The peers whose connections begin with a PROXY protocol header; null or absent where none do. */
  balancers?: AddressList | null;
}

/** Where a connection comes from. `balancer`: the header that follows says for whom. */
export type Origin = 'this-computer' | 'device' | 'balancer';

/**
 * Classifies a connection by its address alone, before a byte is read.
 *
 * @returns a `Refused` for a client on the network that is not allowed; `gone` for one that has left, so that its
 *   address is unknown
 */
export function originOf(
  client: Pick<Socket, 'remoteAddress'>,
  { devices, balancers }: Served,
): Origin | Refused | 'gone' {
  const { remoteAddress } = client;
  if (!balancers) return devices ? (devices.stranger(client) ?? 'device') : 'this-computer';
  if (balancers.has(remoteAddress)) return 'balancer';
  // No other client counts as a device here: only the balancer says which one it forwards.
  if (!devices && isHere(client)) return 'this-computer';
  return notAllowed(remoteAddress === undefined ? {} : { from: remoteAddress });
}

/** Whether a connection comes over loopback. A closed one counts as such: that is noticed later. */
export function isHere({ remoteAddress }: Pick<Socket, 'remoteAddress'>): boolean {
  return remoteAddress === undefined || isLoopback(plainAddress(remoteAddress));
}

/** Why a client that a balancer forwards is not allowed; null for one that is. */
export function unlistedBehind(source: ProxySource | null, devices: Devices | null | undefined): Refused | null {
  const stranger = devices?.stranger({ remoteAddress: source?.address });
  return stranger === 'gone' ? notAllowed({ device: 'not-listed' }) : (stranger ?? null);
}

function notAllowed(facts: { from?: string; device?: 'not-listed' }): Refused {
  return new Refused('device-not-allowed', { code: 'device-not-allowed', facts });
}
