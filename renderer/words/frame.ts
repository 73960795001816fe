import {
  type Alarm,
  couldBefore,
  isThisReally,
  mayBeIntercepted,
  type Protocol,
  showsAnother,
  waitsForSignIn,
} from '../../proxy/contract/index.ts';
import { plural } from './plural.ts';

/** Text shared by several pages. */
export const common = {
  cancel: 'Cancel',
  close: 'Close',
  working: 'Working …',
  none: 'None',
  never: 'Never',
  notSinceStart: 'None since Postern started',
  /** @param page of the documentation @param entry its heading there */
  moreAbout: (page: string, entry: string) => `More about it in Postern’s documentation: ${page}, under “${entry}”`,
  unknown: 'Unknown',
  clearSearch: 'Clear the search',
  protocol: {
    smtp: 'Sending mail',
    imap: 'Reading mail',
    pop3: 'Fetching mail',
    nntp: 'News',
    ldap: 'Address book',
  } satisfies Record<Protocol, string>,
  trust: {
    verified: 'Verified',
    'trusted-by-you': 'Trusted by you',
  },
  strength: {
    'very-strong': 'very strong encryption',
    strong: 'strong encryption',
    unknown: 'encryption of unknown strength',
  },
};

/** The window around the pages. */
export const frame = {
  product: 'Postern',
  skip: 'Skip to the page',
  pages: {
    overview: 'Overview',
    certificates: 'Certificates',
    activity: 'Activity',
    accounts: 'Accounts',
    settings: 'Settings',
  },
  navigation: 'Pages',
  waiting: (count: number) => `${plural(count, 'question waits', 'questions wait')}`,
  alarms: (count: number) => `${plural(count, 'alarm', 'alarms')}`,
  title: (page: string, questions: number) => `${questions > 0 ? `(${questions}) ` : ''}${page} – Postern`,
  pause: 'Pause',
  resume: 'Resume',
  newQuestion: (host: string) => `A question waits: is this really ${host}?`,
  newChange: (host: string) => `A question waits: ${showsAnother(host)}.`,
  notices: {
    alarm: {
      title: mayBeIntercepted,
      body: (account: string, lost: Alarm['what']) => `Account ${account}. The server ${couldBefore[lost]}.`,
    },
    question: {
      title: isThisReally,
      body: (account: string) => `Account ${account}. Nothing is sent there until you answer.`,
    },
    changed: {
      title: showsAnother,
      body: (account: string) =>
        `Account ${account}. It is not the one that you trusted. Nothing is sent there until you answer.`,
    },
    signIn: {
      title: waitsForSignIn,
      body: 'Mail programs are asked to come back later until you do.',
    },
    refused: (server: string) => `${server}: nothing was sent`,
    forbidden:
      'This browser does not allow notifications from this page. You can change that in its settings for this site.',
  },
  loading: 'Asking Postern what is going on …',
};

/** The connection between the window and the core. */
export const connection = {
  starting: 'Connecting to Postern …',
  restarting: 'Postern is starting again.',
  gone: 'Postern is not running.',
  /** In a browser: it may run, and serve its window elsewhere. */
  silent: 'Postern does not answer.',
  'signed-out': 'This window is not signed in to Postern.',
  since: (time: string) => `What you see below is from ${time} and may no longer be true. It comes back by itself.`,
  sinceForGood: (time: string) => `What you see below is from ${time} and may no longer be true.`,
  nothingYet: 'The window fills by itself as soon as Postern answers.',
  turnedAway:
    'Postern was started again, or this is a new tab. Open the new link that its terminal shows; “postern window” prints one, too.',
  comesBack:
    'Once Postern runs again (“npm start”, or “postern run”), this window comes back by itself. If it does not, “postern window” prints a link that opens it.',
  maybeElsewhere:
    'If you started it again, open the new link that its terminal shows; “postern window” prints one, too.',
  crowded:
    'It runs, but too many programs and windows ask it at once. Close windows of Postern that you do not need; this one goes on by itself.',
  unreachable: 'Postern did not answer. Check that it is running, then try again.',
  brokeOff: 'Postern stopped before it had answered. Check that it is running, then try again.',
  answered(status: number): string {
    if (status === 403) return 'This window is not signed in. “postern window” prints an address that opens it again.';
    if (status === 429) return 'Too many programs and windows ask Postern at once. Close some, then try again.';
    if (status === 503) return 'Postern is still starting. Try again in a moment.';
    return `Postern could not do that (${status}).`;
  },
};
