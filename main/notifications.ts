import { type Change, describeHappening, inert, isAlarm, isOpen, type WindowPlace } from '../proxy/contract/index.ts';
import { createThrottle } from './desktop/throttle.ts';
import { words } from './desktop/words.ts';

/** What waits for a person, for whoever tells them of it elsewhere. Texts are inert. */
export interface Occasion {
  kind: 'alarm' | 'question' | 'questions' | 'sign-in-needed' | 'certificate-expiring' | 'device';
  account?: string;
  server?: string;
}

/** A notification before it is shown, and where a click on it leads. */
export interface Notice {
  title: string;
  body: string;
  place: WindowPlace;
  /** Mail is waiting for an answer: where the system shows no notification, the window opens. */
  urgent?: boolean;
  /** None where it matters in front of the screen alone. */
  occasion?: Occasion;
}

/** One per host and reason in this time, in milliseconds. */
const again = 3_600_000;

/** A row that is set again for another reason tells nothing new: what it says was shown longer ago, in milliseconds. */
const justNow = 60_000;

/** Questions announced individually within that time; any more share a single notification. */
const maxQuestions = 4;

/** Turns what happens in the core into notifications: few, and each worth a look. */
export interface Notifications {
  /** Looks at changes as they come. */
  hear(changes: readonly Change[]): void;
  /** Says that the core was restarted. */
  restarted(): void;
  /** Says that the window failed repeatedly. */
  windowFailed(): void;
  /** Says once that closing the window did not end Postern. */
  stillRunning(): void;
}

export function createNotifications(show: (notice: Notice) => void, now: () => number = Date.now): Notifications {
  const throttle = createThrottle(again, now);
  /** Questions already announced: their rows are set again whenever someone meets them. */
  const asked = new Set<string>();
  /** When questions were announced individually. */
  let toldAt: number[] = [];
  /** For accounts already announced, since when they have been waiting for a person. */
  const needs = new Map<string, string>();
  const lastRefusals = new Map<string, string>();
  let toldStillRunning = false;

  const tell = (key: string, notice: Notice) => {
    if (throttle.admit(key)) show(notice);
  };

  return {
    hear(changes) {
      for (const { table, key, row } of changes) {
        if (table === 'questions') {
          if (row === null) for (const kind of ['alarm', 'question']) asked.delete(`${kind} ${key}`);
          if (row === null || !isOpen(row)) continue;
          const kind = isAlarm(row) ? 'alarm' : 'question';
          if (asked.has(`${kind} ${key}`)) continue;
          asked.add(`${kind} ${key}`);
          const fresh = throttle.admit(`${kind} ${row.host}`);
          if (!fresh) continue;
          toldAt = toldAt.filter((at) => now() - at < again);
          if (kind === 'question') toldAt.push(now());
          if (kind === 'question' && toldAt.length > maxQuestions) {
            tell('questions', {
              ...words.notification.questions,
              place: { page: 'certificates' },
              urgent: true,
              occasion: { kind: 'questions' },
            });
            continue;
          }
          show(aboutCertificate(kind, row));
        } else if (table === 'decisions') {
          // Rejected, proved itself, and gone back to what was rejected: nobody is asked, and it is an alarm again.
          if (row?.decision !== 'reject' || !row.shownAt || row.shownAt <= row.decidedAt) continue;
          if (now() - Date.parse(row.shownAt) > justNow) continue;
          tell(`alarm ${row.host}`, aboutCertificate('alarm', row));
        } else if (table === 'accounts') {
          const needed = row?.signIn.needed;
          if (!row || !needed) {
            needs.delete(key);
            continue;
          }
          // The row is set again with each step of a sign-in under way.
          if (needs.get(key) === needed.since) continue;
          needs.set(key, needed.since);
          const name = inert(row.name, 100);
          const { text } = describeHappening({ kind: 'sign-in-needed', reason: needed.reason }, String);
          const place: WindowPlace = { page: 'accounts', item: row.name };
          const body = `${text}. ${words.notification.signIn.body}`;
          const occasion: Occasion = { kind: 'sign-in-needed', account: name };
          const title = words.notification.signIn.title(name);
          tell(`sign-in ${row.name}`, { title, body, place, urgent: true, occasion });
        } else if (table === 'activity' && row?.kind === 'certificate-expiring') {
          const host = inert(row.host, 100);
          const { title, text } = describeHappening({ ...row, host }, String);
          tell(`expiring ${row.host} ${row.threshold}`, {
            title,
            body: `${text}.`,
            place: { page: 'overview' },
            occasion: {
              kind: 'certificate-expiring',
              ...(row.account === null ? {} : { account: inert(row.account, 100) }),
              server: host,
            },
          });
        } else if (table === 'relays' && row?.lastRefusal) {
          const { at, reason, diagnosis } = row.lastRefusal;
          if (lastRefusals.get(key) === at) continue;
          lastRefusals.set(key, at);
          // The question says the same, and more.
          if (['client-not-mail', 'certificate-undecided', 'sign-in-needed'].includes(reason)) continue;
          if (diagnosis.code === 'certificate-turned-bad') continue;
          const title = `${inert(row.server, 100)}: ${diagnosis.title}`;
          const place: WindowPlace = { page: 'accounts', item: row.account };
          tell(`${reason} ${row.server}`, {
            title,
            body: inert(`${diagnosis.sentence} ${diagnosis.advice}`, 400),
            place,
            ...(reason === 'device-not-allowed'
              ? { occasion: { kind: 'device', account: inert(row.account, 100) } }
              : {}),
          });
        }
      }
    },
    restarted: () => tell('restarted', { ...words.notification.restarted, place: { page: 'overview' } }),
    windowFailed: () => tell('window', { ...words.notification.windowFailed, place: { page: 'overview' } }),
    stillRunning() {
      if (toldStillRunning) return;
      toldStillRunning = true;
      show({ ...words.notification.stillRunning, place: { page: 'overview' } });
    },
  };
}

/** @param row the question, or the decision that answered it */
function aboutCertificate(kind: 'alarm' | 'question', row: { id: string; host: string; account: string }): Notice {
  const [server, account] = [inert(row.host, 100), inert(row.account, 100)];
  return {
    title: words.notification[kind].title(server),
    body: words.notification[kind].body(account),
    place: { page: 'certificates', item: row.id },
    urgent: true,
    occasion: { kind, account, server },
  };
}
