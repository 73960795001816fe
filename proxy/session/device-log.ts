import type { DeviceRow, RelayConfiguration } from '../contract/index.ts';
import type { SubmissionBounds } from '../dialects/bounds.ts';
import { addressList, plainAddress } from '../net/addresses.ts';
import type { Refused } from '../net/refused.ts';
import type { StateStore } from '../state/store.ts';
import type { SessionReport } from './report.ts';
import type { TurnedAway } from './turned-away.ts';

/** Unlisted addresses can be made up without limit; a relay may list 1,600. */
const maxRows = 200;
const maxUnlisted = 20;

/** Records the devices that connected to a relay, and the result, in the relay's row. */
export interface DeviceLog {
  /** The report of a session of this device. */
  reporting(address: string | undefined, report: SessionReport): SessionReport;
  /** The bounds for a session of this device. */
  counting(address: string | undefined, bounds: Omit<SubmissionBounds, 'sent'>): SubmissionBounds;
  /** Notes a device that is rejected before there is a session. */
  watching(turnedAway: TurnedAway): TurnedAway;
}

/** @param lan whom the relay serves now: a device that was not listed before may be */
export function keepDeviceLog(
  relay: string,
  { allow }: Pick<NonNullable<RelayConfiguration['lan']>, 'allow'>,
  state: StateStore,
  now: () => Date,
): DeviceLog {
  const list = addressList(allow);
  const rows = new Map<string, DeviceRow>();
  for (const row of state.get('relays', relay)?.devices ?? []) {
    rows.set(row.address, { ...row, listed: list.has(row.address) });
  }
  show();

  function show(): void {
    state.patch('relays', relay, { devices: [...rows.values()] });
  }

  function note(address: string | undefined, change: (row: DeviceRow) => Partial<DeviceRow>): void {
    if (address === undefined) return;
    const plain = plainAddress(address);
    const row = rows.get(plain) ?? { address: plain, listed: list.has(plain), lastSeen: '', messages: 0, refusals: 0 };
    // The most recently seen is last.
    rows.delete(plain);
    rows.set(plain, { ...row, ...change(row), lastSeen: now().toISOString() });
    const unlisted = [...rows.values()].filter(({ listed }) => !listed);
    const [oldest] = rows.keys();
    if (unlisted.length > maxUnlisted) rows.delete(unlisted[0]?.address ?? '');
    else if (rows.size > maxRows && oldest !== undefined) rows.delete(oldest);
    show();
  }
  const refusedOnce = ({ refusals }: DeviceRow) => ({ refusals: refusals + 1 });

  return {
    reporting(address, report) {
      note(address, () => ({}));
      return {
        ...report,
        localTls(version) {
          note(address, () => ({ tls: version }));
          report.localTls(version);
        },
        refused(refusal) {
          note(address, refusedOnce);
          report.refused(refusal);
        },
      };
    },
    counting: (address, bounds) => ({
      ...bounds,
      sent: () => note(address, ({ messages }) => ({ messages: messages + 1 })),
    }),
    watching: (turnedAway) => ({
      ...turnedAway,
      note(refusal) {
        note(deviceIn(refusal), refusedOnce);
        turnedAway.note(refusal);
      },
    }),
  };
}

/** The address of the device that a refusal is about: one that is not listed, or that has as many sessions as it may. */
function deviceIn({ finding }: Refused): string | undefined {
  if (finding.code === 'too-many-of-one-device') return finding.facts?.from;
  if (finding.code !== 'device-not-allowed' || finding.facts?.device !== 'not-listed') return undefined;
  return finding.facts.from;
}
