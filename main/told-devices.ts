import { join } from 'node:path';
import * as z from 'zod';
import { readPrivateFile, writeFileAtomically } from '../proxy/config/atomic-file.ts';
import { storedDate, storedText } from '../proxy/config/stored-forms.ts';
import { BoundedMap } from '../proxy/state/bounded-map.ts';

/** Addresses can be made up without end. At the pace at which people are told of them, filling this takes ten days. */
const maxDevices = 1000;
const day = 86_400_000;
/** One that is switched on once in a quarter is still the same. */
const forgottenAfter = 100 * day;

const schema = z.strictObject({
  version: z.literal(1),
  devices: z.array(z.strictObject({ relay: storedText, address: storedText, seen: storedDate })).max(maxDevices),
});

/** A device that was turned away at a relay. `seen`: when it did last, to the day, in milliseconds since 1970. */
interface ToldDevice {
  relay: string;
  address: string;
  seen: number;
}

/**
 * The unlisted devices that the person has been told of: `knocks.json` in the data directory, so that a device that
 * connects every minute is announced once, and not once for each start of Postern.
 */
export interface ToldDevices {
  /** Whether the person knows of a device that has just been turned away. */
  knows(relay: string, address: string): boolean;
  /** The person has been told. */
  add(relay: string, address: string): void;
  /** Forgets those that have been admitted: if one is removed again and connects, it is announced again. */
  forgetListed(relay: string, devices: readonly { address: string; listed: boolean }[]): void;
  /** Resolves when what was noted so far is on disk, or could not be written. Never rejects. */
  settled(): Promise<void>;
}

/**
 * Reads what an earlier run has noted. A file that cannot be read, or written, costs a person a second notification and
 * nothing else.
 *
 * @param unsaved is told why it could not be written, once until it can be again
 */
export async function openToldDevices(
  dataDirectory: string,
  unsaved: (why: Error) => void,
  now: () => number = Date.now,
): Promise<ToldDevices> {
  const path = join(dataDirectory, 'knocks.json');
  // Oldest first: the first is dropped first.
  const devices = new BoundedMap<string, ToldDevice>(maxDevices);
  for (const each of await stored(path)) {
    if (now() - each.seen < forgottenAfter) devices.set(keyOf(each.relay, each.address), each);
  }
  let changed = false;
  let writing: Promise<void> | null = null;
  let failed = false;

  function save(): void {
    changed = true;
    writing ??= writeChanges();
  }

  async function writeChanges(): Promise<void> {
    while (changed) {
      changed = false;
      const rows = [...devices.values()].map((each) => ({ ...each, seen: new Date(each.seen).toISOString() }));
      const text = `${JSON.stringify({ version: 1, devices: rows }, null, 2)}\n`;
      const fault = await writeFileAtomically(path, text).then(() => null, unsavedDevices);
      if (fault && !failed) unsaved(fault);
      failed = fault !== null;
    }
    writing = null;
  }

  return {
    knows(relay, address) {
      const key = keyOf(relay, address);
      const known = devices.get(key);
      if (!known || now() - known.seen >= forgottenAfter) return false;
      // The day is enough, and spares the disk a write for each knock. A clock that starts in 1970 takes nothing back.
      const due = now() - known.seen >= day;
      devices.set(key, due ? { ...known, seen: now() } : known);
      if (due) save();
      return true;
    },
    add(relay, address) {
      devices.set(keyOf(relay, address), { relay, address, seen: now() });
      save();
    },
    forgetListed(relay, listedOrNot) {
      if (devices.size === 0) return;
      for (const { address, listed } of listedOrNot) {
        if (listed && devices.delete(keyOf(relay, address))) save();
      }
    },
    settled: () => writing ?? Promise.resolve(),
  };
}

function unsavedDevices({ code = 'unknown error' }: NodeJS.ErrnoException): Error {
  return new Error(
    `Which devices you were told of could not be saved to knocks.json (${code}): you may be told once more.`,
  );
}

/** No address holds a blank. */
const keyOf = (relay: string, address: string) => `${address} ${relay}`;

async function stored(path: string): Promise<ToldDevice[]> {
  try {
    const text = await readPrivateFile(path);
    const { devices } = schema.parse(JSON.parse(text ?? '{"version":1,"devices":[]}'));
    return devices.map((each) => ({ ...each, seen: Date.parse(each.seen) }));
  } catch {
    return [];
  }
}
