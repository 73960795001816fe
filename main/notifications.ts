import {
  type AccountRow,
  type ActivityRow,
  type CertificateDecision,
  type CertificateQuestion,
  type Change,
  isAlarm,
  isChanged,
  isOpen,
  type RelayRow,
} from '../proxy/contract/index.ts';
import { createThrottle } from './desktop/throttle.ts';
import {
  aboutAlarm,
  aboutExpiry,
  aboutManyQuestions,
  aboutNotDone,
  aboutNotRunning,
  aboutPostern,
  aboutQuestion,
  aboutRefusal,
  aboutSignIn,
  type Notice,
} from './notices.ts';
import type { ToldDevices } from './told-devices.ts';

/** One per host and reason in this time, in milliseconds. */
const again = 3_600_000;

/** A row may be set again for another reason: its question is not announced again within this time, in milliseconds. */
const justNow = 60_000;

/** Questions announced individually within that time; any more share a single notification. */
const maxQuestions = 4;

/** The same for unlisted devices: addresses can be made up without limit. */
const maxDevices = 4;

/** Turns changes in the core into notifications: few, and each worth a look. */
export interface Notifications {
  /** Receives each change. */
  hear(changes: readonly Change[]): void;
  /** Says that the core was restarted. */
  restarted(): void;
  /** Says that the core cannot start, and why. */
  notRunning(reason: string | undefined): void;
  /** Says that the action chosen in the tray's menu failed, and why. */
  notDone(what: 'pause' | 'resume', message: string): void;
  /** Says that the window failed. */
  windowFailed(): void;
  /** Says once that closing the window did not end Postern. */
  stillRunning(): void;
}

/**
 * @param show shows one, and says whether it was: a device of which nobody was told is told of when it knocks again
 * @param told the devices of which the person knows already
 */
export function createNotifications(
  show: (notice: Notice) => boolean | Promise<boolean>,
  told: Pick<ToldDevices, 'knows' | 'add' | 'forgetListed'>,
  now: () => number = Date.now,
): Notifications {
  const throttle = createThrottle(again, now);
  /** Questions already announced: their rows are set again whenever someone meets them. */
  const asked = new Set<string>();
  /** When questions were announced individually. */
  let askedAt: number[] = [];
  /** For accounts already announced, since when they have been waiting for a person. */
  const needs = new Map<string, string>();
  /** Devices that are being announced: a message may take a while. */
  const announcing = new Set<string>();
  /** When devices were announced. */
  let knockedAt: number[] = [];
  /** When each relay refused last. */
  const refusedAt = new Map<string, string>();
  let toldStillRunning = false;

  const tell = (key: string, notice: Notice) => {
    if (throttle.admit(key)) void show(notice);
  };

  function hear(change: Change): void {
    switch (change.table) {
      case 'questions':
        hearQuestion(change.key, change.row);
        break;
      case 'decisions':
        hearDecision(change.row);
        break;
      case 'accounts':
        hearAccount(change.key, change.row);
        break;
      case 'activity':
        hearActivity(change.row);
        break;
      case 'relays':
        hearRelay(change.key, change.row);
    }
  }

  function hearQuestion(id: string, row: CertificateQuestion | null): void {
    if (row === null) for (const kind of ['alarm', 'changed', 'question']) asked.delete(`${kind} ${id}`);
    if (row === null || !isOpen(row)) return;
    const kind = isAlarm(row) ? 'alarm' : isChanged(row) ? 'changed' : 'question';
    if (asked.has(`${kind} ${id}`)) return;
    asked.add(`${kind} ${id}`);
    if (!throttle.admit(`${kind} ${row.host}`)) return;
    if (kind !== 'alarm' && !isAmongFew()) tell('questions', aboutManyQuestions);
    else void show(kind === 'alarm' ? aboutAlarm('certificate', row) : aboutQuestion(kind, row));
  }

  function isAmongFew(): boolean {
    askedAt = [...askedAt.filter((at) => now() - at < again), now()];
    return askedAt.length <= maxQuestions;
  }

  /** Rejected, proved itself, and gone back to what was rejected: nobody is asked, and it is an alarm again. */
  function hearDecision(row: CertificateDecision | null): void {
    if (row?.decision !== 'reject' || !row.shownAt || row.shownAt <= row.decidedAt) return;
    if (now() - Date.parse(row.shownAt) > justNow) return;
    tell(`alarm ${row.host}`, aboutAlarm('certificate', row));
  }

  function hearAccount(key: string, row: AccountRow | null): void {
    const needed = row?.signIn.needed;
    if (!row || !needed) return void needs.delete(key);
    // The row is set again with each step of a sign-in under way.
    if (needs.get(key) === needed.since) return;
    needs.set(key, needed.since);
    tell(`sign-in ${row.name}`, aboutSignIn(row.name, needed.reason));
  }

  function hearActivity(row: ActivityRow | null): void {
    if (row?.kind === 'certificate-expiring') tell(`expiring ${row.host} ${row.threshold}`, aboutExpiry(row));
  }

  function hearRelay(key: string, row: RelayRow | null): void {
    told.forgetListed(key, row?.devices ?? []);
    if (!row?.lastRefusal || row.lastRefusal.beforeStart) return;
    const { at, reason, diagnosis } = row.lastRefusal;
    if (refusedAt.get(key) === at) return;
    refusedAt.set(key, at);
    // The question says the same, and more.
    if (['client-not-mail', 'certificate-undecided', 'sign-in-needed'].includes(reason)) return;
    if (diagnosis.code === 'certificate-turned-bad') return;
    const stripped = diagnosis.code === 'encryption-vanished';
    const device = diagnosis.code === 'device-not-allowed' ? diagnosis.facts?.from : undefined;
    const notice = stripped
      ? aboutAlarm('encryption', { id: row.name, host: row.server, account: row.account })
      : aboutRefusal(row, row.lastRefusal);
    if (typeof device === 'string') void hearKnock(key, device, notice);
    else tell(`${stripped ? 'alarm' : reason} ${row.server}`, notice);
  }

  /** A device omitted because of the limit is announced when it connects again. */
  async function hearKnock(relay: string, device: string, notice: Notice): Promise<void> {
    const knock = `${relay} ${device}`;
    knockedAt = knockedAt.filter((at) => now() - at < again);
    if (told.knows(relay, device) || announcing.has(knock) || knockedAt.length >= maxDevices) return;
    knockedAt.push(now());
    announcing.add(knock);
    if (await show(notice)) told.add(relay, device);
    announcing.delete(knock);
  }

  return {
    hear: (changes) => changes.forEach(hear),
    restarted: () => tell('restarted', aboutPostern('restarted')),
    notRunning: (reason = '') => tell(`not running ${reason}`, aboutNotRunning(reason)),
    notDone: (what, message) => show(aboutNotDone(what, message)),
    windowFailed: () => tell('window', aboutPostern('windowFailed')),
    stillRunning() {
      if (toldStillRunning) return;
      toldStillRunning = true;
      void show(aboutPostern('stillRunning'));
    },
  };
}
