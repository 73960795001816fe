import { plainAddress } from '../net/addresses.ts';
import { Refused } from '../net/refused.ts';

/**
 * At most this many sessions of one device at once, and never more than half of all: a device that reconnects without
 * closing its connections would otherwise leave no place for anyone else. Postfix allows one client as many
 * (smtpd_client_connection_count_limit).
 */
const maxOfOneDevice = 50;

export const tooMany = new Refused('too-many-connections', { code: 'too-many-mail-programs' });

/** The places for sessions, all relays together. */
export interface Places {
  /**
   * Takes a place for one more session.
   *
   * @param device the address of a device of the local network; null for clients without a limit of their own
   * @returns why there is none; null when it has been taken
   */
  take(device: string | null): Refused | null;
  /** Gives a place back that was taken for this device. */
  giveBack(device: string | null): void;
}

/** @param maxConnections how many places there are; the setting may change */
export function createPlaces(maxConnections: () => number): Places {
  let taken = 0;
  const ofDevices = new Map<string, number>();
  return {
    take(device) {
      const max = maxConnections();
      if (taken >= max) return tooMany;
      if (device !== null) {
        const from = plainAddress(device);
        const held = ofDevices.get(from) ?? 0;
        if (held >= Math.min(maxOfOneDevice, Math.ceil(max / 2))) {
          return new Refused('too-many-connections', { code: 'too-many-of-one-device', facts: { from } });
        }
        ofDevices.set(from, held + 1);
      }
      taken += 1;
      return null;
    },
    giveBack(device) {
      taken -= 1;
      if (device === null) return;
      const from = plainAddress(device);
      const left = (ofDevices.get(from) ?? 0) - 1;
      if (left > 0) ofDevices.set(from, left);
      else ofDevices.delete(from);
    },
  };
}
