import {
  type ActivityRow,
  type Alarm,
  describeHappening,
  inert,
  placeOfAlarm,
  type RefusalRow,
  type SignInNeed,
  type WindowPlace,
} from '../proxy/contract/index.ts';
import { words } from './desktop/words.ts';

/** What waits for a person, for channels outside the window. Texts are inert. */
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
  /** Absent where it matters only to a person at the screen. */
  occasion?: Occasion;
}

const name = (text: string) => inert(text, 100);

/** A server that an alarm or a question is about: with the question's id, or that of the decision that answered it. */
type Concerned = Pick<Alarm, 'id' | 'host' | 'account'>;

/** @param what the server could do before and cannot now */
export function aboutAlarm(what: Alarm['what'], { id, ...row }: Concerned): Notice {
  const [server, account] = [name(row.host), name(row.account)];
  return {
    title: words.notification.alarm.title(server),
    body: words.notification.alarm.body(account, what),
    place: placeOfAlarm({ what, id }),
    urgent: true,
    occasion: { kind: 'alarm', account, server },
  };
}

/** @param kind a server that the person trusted with another certificate has changed */
export function aboutQuestion(kind: 'changed' | 'question', { id, ...row }: Concerned): Notice {
  const [server, account] = [name(row.host), name(row.account)];
  return {
    title: words.notification[kind].title(server),
    body: words.notification[kind].body(account),
    place: { page: 'certificates', item: id },
    urgent: true,
    // Channels know two kinds: a certificate that has changed is a question with another title.
    occasion: { kind: 'question', account, server },
  };
}

/** One for all further questions. */
export const aboutManyQuestions: Notice = {
  ...words.notification.questions,
  place: { page: 'certificates' },
  urgent: true,
  occasion: { kind: 'questions' },
};

export function aboutSignIn(account: string, reason: SignInNeed): Notice {
  const { text } = describeHappening({ kind: 'sign-in-needed', reason }, String);
  return {
    title: words.notification.signIn.title(name(account)),
    body: `${text}. ${words.notification.signIn.body}`,
    place: { page: 'accounts', item: account },
    urgent: true,
    occasion: { kind: 'sign-in-needed', account: name(account) },
  };
}

export function aboutExpiry(row: Extract<ActivityRow, { kind: 'certificate-expiring' }>): Notice {
  const server = name(row.host);
  const { title, text } = describeHappening({ ...row, host: server }, String);
  return {
    title,
    body: `${text}.`,
    place: { page: 'overview' },
    occasion: {
      kind: 'certificate-expiring',
      ...(row.account === null ? {} : { account: name(row.account) }),
      server,
    },
  };
}

export function aboutRefusal(relay: { server: string; account: string }, { reason, diagnosis }: RefusalRow): Notice {
  return {
    title: `${name(relay.server)}: ${diagnosis.title}`,
    body: inert(`${diagnosis.sentence} ${diagnosis.advice}`, 400),
    place: { page: 'accounts', item: relay.account },
    ...(reason === 'device-not-allowed' ? { occasion: { kind: 'device', account: name(relay.account) } } : {}),
  };
}

/** Notices about the app itself. */
export function aboutPostern(what: 'restarted' | 'windowFailed' | 'stillRunning'): Notice {
  return { ...words.notification[what], place: { page: 'overview' } };
}

/** @param message why the action chosen in the tray's menu failed */
export function aboutNotDone(what: 'pause' | 'resume', message: string): Notice {
  return { title: words.notification.notDone[what], body: inert(message, 300), place: { page: 'overview' } };
}

/** @param reason why the core cannot start; may be empty */
export function aboutNotRunning(reason: string): Notice {
  const { title, body } = words.notification.notRunning;
  return { title, body: `${body} ${inert(reason, 300)}`.trim(), place: { page: 'overview' } };
}
