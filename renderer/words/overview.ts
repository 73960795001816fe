import {
  type Alarm,
  couldBefore,
  doubtedWords,
  type Purpose,
  showsAnother,
  untilYouKnowWhy,
  waitForSignIn,
  waitsForSignIn,
} from '../../proxy/contract/index.ts';
import { plural } from './plural.ts';

export const overview = {
  heading: {
    well: 'All is well',
    empty: 'Welcome to Postern',
    alarm: (count: number) =>
      count > 1 ? `${count} connections may be intercepted` : 'A connection may be intercepted',
    question: (count: number) => (count > 1 ? `${count} questions wait for you` : 'A question waits for you'),
    changed: showsAnother,
    signIn: (account: string, count: number) => (count > 1 ? waitForSignIn(count) : waitsForSignIn(account)),
    offline: 'This computer seems to be offline',
    paused: 'Postern is paused',
  },
  summary: {
    well: (programs: number) =>
      programs === 0
        ? 'No mail program is connected right now. Postern is ready for them.'
        : `${plural(programs, 'connection is', 'connections are')} open right now. Everything that leaves this computer is encrypted.`,
    alarm: (account: string, host: string, lost: Alarm['what']) =>
      `${host}, which ${account} uses, ${couldBefore[lost]}${lost === 'encryption' ? ': somebody on the way may be removing it' : ''}. Nothing was sent. ${untilYouKnowWhy}`,
    question: (count: number) => `Until you answer, nothing is sent to ${count > 1 ? 'those servers' : 'that server'}.`,
    changed: (account: string, others: number) =>
      `It is not the one that you trusted for ${account}. Nothing is sent there until you answer.${others > 0 ? ` ${plural(others, 'more question waits', 'more questions wait')}.` : ''}`,
    signIn: 'Until you do, mail programs are held or asked to come back later.',
    offline: 'Nothing is sent. Mail resumes on its own once the network is back.',
    refused: 'Nothing was sent there. Read below what happened, and what to do.',
    refusedLater: 'The connection was encrypted. Read below what happened, and what to do.',
    passwordRefused: 'The connection was encrypted. The server did not accept the password. Read below what to do.',
    refusedBoth: 'Nothing went out unencrypted. Read below what happened, and what to do.',
    paused:
      'No new connections are made. Open ones go on until your mail program closes them. A pause ends when Postern is started again.',
    pausedToo: 'Postern is paused: no new connections are made.',
    empty:
      'Postern lets an older mail program use a modern mail server. Your mail program talks to Postern on this computer; Postern carries everything on, encrypted, to a server that it has checked.',
  },
  troubled: (count: number, all: number) =>
    all === 1
      ? 'Your account needs attention'
      : `${count} of ${all} accounts ${count === 1 ? 'needs' : 'need'} attention`,
  answer: 'Answer it',
  look: 'Look at it',
  signIn: 'Sign in',
  addAccount: 'Add an account',
  tryPractice: 'Try it without an account',
  tryPracticeHint:
    'Postern sets up a practice account with a mail server of its own on this computer. It takes a minute, and nothing leaves this computer.',
  dropped: (count: number) =>
    `So many certificates arrived that ${plural(count, 'question was', 'questions were')} dropped unanswered. Those connections were refused.`,
  warnings: 'Postern noticed',

  traffic: {
    heading: 'Traffic',
    range: 'Last 10 minutes',
    rangeOpen: 'Since this window was opened',
    received: 'Received',
    sent: 'Sent',
    peak: (rate: string) => `Peak ${rate} per second`,
    quiet: 'No mail moved in the last 10 minutes.',
    quietOpen: 'No mail moved since this window was opened.',
    picture: (range: string, received: string, sent: string, peak: string) =>
      `Traffic (${range}): received ${received}, sent ${sent}, at most ${peak} per second.`,
    oldest: '10 min ago',
    newest: 'now',
    sinceStart: (when: string, received: string, sent: string) =>
      `Since Postern started, ${when}: ${received} received, ${sent} sent.`,
  },

  accounts: 'Accounts',
  urgent: 'What needs attention',
  soon: 'What will soon need attention',
  well: 'What is well',
  unused: 'not used yet',
  unusedHint: 'Your mail program has not connected yet.',
  lastEncrypted: 'last connected securely',
  toAccount: 'To the account’s page',
  findAccount: 'Find an account',
  noMatch: 'No account has that in its name or servers.',
  accountSummary: (relays: number, sessions: number) =>
    `${plural(relays, 'path', 'paths')}, ${plural(sessions, 'connection', 'connections')} open`,

  practice: {
    chip: 'Practice',
    text: 'This is a practice account. Its mail server runs inside Postern; nothing leaves this computer. Set up your mail program with the values below and send yourself a mail. Postern will ask you about the server’s certificate: that is part of the exercise, and one answer counts for all its paths. Compare the fingerprint that the question shows with the one below.',
    user: 'User name',
    password: 'Password',
    fingerprint: 'The server’s fingerprint (SHA-256)',
    dismiss: 'End the practice',
    ends: 'The practice account ends when you add your own: its mails go, and so does your decision about its certificate.',
    values: 'Show the values to type in',
  },

  standing: {
    protected: 'Protected now',
    ready: 'Ready',
    alarm: 'May be intercepted',
    doubted: 'Its server is under alarm',
    question: 'Waits for your answer',
    'sign-in': 'Waits for you to sign in',
    refused: 'Refused',
    offline: 'Offline',
    paused: 'Paused',
    'not-listening': 'Not available',
  },

  path: {
    picture: {
      incoming: 'The path of your mail',
      outgoing: 'The path of your mail',
      news: 'The path of your news',
      'address-book': 'The path of your address book',
    } satisfies Record<Purpose, string>,
    program: {
      incoming: 'Mail program',
      outgoing: 'Mail program',
      news: 'News program',
      'address-book': 'Address book',
    } satisfies Record<Purpose, string>,
    programAt: (address: string) => `connects to ${address}`,
    postern: 'Postern',
    posternAt: 'on this computer',
    server: {
      incoming: 'Mail server',
      outgoing: 'Mail server',
      news: 'News server',
      'address-book': 'Directory',
    } satisfies Record<Purpose, string>,
    local: 'Stays on this computer',
    localDetail: 'Not encrypted; no other computer can see it',
    device: 'Device or computer nearby',
    network: {
      open: { title: 'Open in the local network', detail: 'Not encrypted; others in it could read it' },
      'asked-for': { title: 'Local network', detail: 'The devices asked for encryption' },
      closed: { title: 'Local network', detail: 'Encrypted, or not at all' },
    },
    oldTls: 'With TLS 1.0 and 1.1, which can be broken',
    notListening: 'Not available',
    protectedNow: 'Encrypted right now',
    protectedLast: 'Encrypted last time',
    notYet: 'No connection yet',
    notYetDetail: 'Encrypted, or not at all',
    blocked: 'Stopped: nothing is sent',
    passwordRefused: 'Encrypted; the server did not accept the password',
    refusedLater: 'Encrypted; what was refused came later',
    offline: 'Offline: nothing is sent',
    blockedQuestion: 'Held until you answer',
    blockedSignIn: 'Held until you sign in',
    pausedLeg: 'Paused: nothing is sent',
    expires: (day: string, distance: string) => `Certificate ends ${distance}, on ${day}`,
    expired: (day: string, distance: string) => `Certificate ended ${distance}, on ${day}`,
    protection: (version: string, strength: string) => `${version}, ${strength}`,
  },

  facts: {
    open: 'Open connections',
    received: 'Received',
    sent: 'Sent',
    lastSuccess: 'Last success',
    lastRefusal: 'Last refusal',
    encrypted: 'Is it encrypted?',
    noEvidence: 'Not seen yet. Nothing is sent unencrypted.',
    evidence: {
      verified: (when: string) => `Yes. The server was last verified ${when}.`,
      'trusted-by-you': (when: string) => `Yes, with the certificate that you trust, last ${when}.`,
    },
    evidenceBefore: {
      verified: (when: string) =>
        `New connections are stopped. Earlier ones were encrypted: the server was last verified ${when}.`,
      'trusted-by-you': (when: string) =>
        `New connections are stopped. Earlier ones were encrypted with the certificate that you trust, last ${when}.`,
    },
    details: 'Details',
    encryption: 'Encryption',
    fingerprint: 'Certificate’s fingerprint (SHA-256)',
    until: 'Certificate valid until',
    expiring: (day: string, distance: string) =>
      `The server’s certificate ends ${distance}, on ${day}. The provider has to renew it; if the server is yours, renew it now.`,
    refusals: (count: number) => `${plural(count, 'refusal', 'refusals')} in all`,
  },
  whatToDo: 'What to do',
  doubted: doubtedWords,
  toAlarm: 'Go to the alarm',
  toQuestion: 'Go to the question',
  toSignIn: 'Go to signing in',
  toSignInForm: 'Choose who signs in',
};
