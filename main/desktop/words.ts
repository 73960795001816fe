import {
  type Alarm,
  couldBefore,
  counted,
  isThisReally,
  mayBeIntercepted,
  showsAnother,
  untilYouKnowWhy,
  waitForSignIn,
  waitsForSignIn,
} from '../../proxy/contract/index.ts';

const plural = (count: number, one: string, other: string) => counted(count, { one, other });

/** Everything that the desktop shell itself says, ready for translation. What the window says is in renderer/words. */
export const words = {
  product: 'Postern',
  core: {
    starting: 'Postern is starting.',
    restarting: 'The part of Postern that carries mail ended and is being started again.',
    ended: 'The part of Postern that carries mail ended before this was done. Try again in a moment.',
    stopped: 'Postern was stopped.',
    silent:
      'The part of Postern that carries mail runs, and does not answer. If it stays like this, quit Postern and start it again.',
    keepsEnding: 'The part of Postern that carries mail ends each time it is started. Its log may have more.',
    exhausted: 'The part of Postern that carries mail ran out of memory and is being started again.',
    cannotStart: (what: string) => `Postern could not start${what === '' ? '' : ` (${what})`}. Its log has more.`,
  },
  standing: {
    well: 'All is well',
    question: (count: number) => plural(count, 'question waits for you', 'questions wait for you'),
    alarm: (account: string, host: string) => `${account}: the connection to ${host} may be intercepted`,
    signIn: (accounts: readonly string[]) =>
      accounts.length === 1 ? waitsForSignIn(accounts[0] ?? '') : waitForSignIn(accounts.length),
    refused: 'A connection was refused',
    paused: 'Paused',
    down: 'Not running',
    silent: 'Does not answer',
    restarting: 'Starting again',
  },
  tooltip: (standing: string) => `Postern: ${standing}`,
  menu: {
    open: 'Open Postern',
    newWindow: 'New window',
    pause: 'Pause: make no new connections',
    resume: 'Go on',
    quit: 'Quit Postern',
    question: (host: string) => `Decide about ${host}…`,
    alarm: (host: string) => `Alarm about ${host}…`,
    signIn: (account: string) => `Sign in for ${account}…`,
    more: (count: number) => `and ${count} more`,
    noRelays: 'No account yet',
    file: 'File',
    edit: 'Edit',
    view: 'View',
  },
  relay: {
    listening: 'ready',
    sessions: (count: number) => plural(count, 'connection', 'connections'),
    alarm: 'MAY BE INTERCEPTED',
    question: 'waits for your decision',
    signIn: 'waits for you to sign in',
    doubted: (how: string) => `${how}; another path to its server may be intercepted`,
    refused: 'refused',
    failed: 'not available',
    heldBy: (program: string, freePort: number | undefined) =>
      `port used by ${program}${freePort === undefined ? '' : `; ${freePort} is free`}`,
    starting: 'starting',
  },
  notification: {
    alarm: {
      title: mayBeIntercepted,
      body: (account: string, lost: Alarm['what']) =>
        `The server ${couldBefore[lost]}. Nothing of ${account} was sent. ${untilYouKnowWhy}`,
    },
    questions: {
      title: 'Many servers cannot be verified',
      body: 'Nothing is sent to any of them until you decide. If they all started at once, the network that you are on may be the reason.',
    },
    changed: {
      title: showsAnother,
      body: (account: string) =>
        `It is not the one that you trusted. Nothing of ${account} is sent there until you decide: ask whoever runs the server whether it was replaced.`,
    },
    question: {
      title: isThisReally,
      body: (account: string) =>
        `The certificate of the server could not be verified. Nothing of ${account} is sent there until you decide.`,
    },
    signIn: {
      title: waitsForSignIn,
      body: 'Its programs are told to try again later until you do. Their settings are right as they are.',
    },
    restarted: {
      title: 'Postern had to start again',
      body: 'The part that carries mail ended unexpectedly and is running again. Your mail program may have to reconnect.',
    },
    notRunning: {
      title: 'Postern is not running',
      body: 'No mail moves until this is put right.',
    },
    notDone: {
      pause: 'Postern could not be paused',
      resume: 'Postern could not be resumed',
    },
    windowFailed: {
      title: 'Postern’s window failed',
      body: 'Your mail goes on. Open the window again from the tray, or by starting Postern again.',
    },
    stillRunning: {
      title: 'Postern keeps running',
      body: 'Your mail goes on. The icon in the tray brings the window back, and quits Postern.',
    },
  },
  closing: {
    title: 'Postern goes on without its window',
    detail: (minimises: boolean) =>
      `Your mail program needs Postern to be running. This desktop has no tray for its icon: ${
        minimises ? 'its window waits in the task bar, or ' : ''
      }start Postern again to see the window. The File menu has “Quit Postern”.`,
    keep: 'Keep Postern running',
    quit: 'Quit Postern',
  },
  loginItem: {
    refused: 'The system did not accept this. Set it in the system’s own settings.',
    needsApproval: 'The system needs your permission first: allow Postern in the system’s settings, under login items.',
  },
  problem: {
    cannotStart: 'Postern cannot start',
    noSandbox:
      'It was started without Chromium’s sandbox (--no-sandbox), and does not show its window that way. On Ubuntu, install the deb package: it includes the rule that the sandbox needs. Or run “postern run”, which needs no sandbox: its window opens in your browser.',
    noLock: (folder: string) =>
      `It cannot make sure that it is the only one: ${folder} cannot be used for that. Perhaps the disk is full or read-only, or Postern runs for you on another computer with the same home folder.`,
    notifications: (system: NodeJS.Platform) =>
      `This system does not show Postern’s notifications${
        system === 'darwin' ? ' (macOS shows only those of signed apps)' : ''
      }. A question opens the window instead.`,
    dataFolder: (why: string) => `The folder could not be opened: ${why}`,
    loginItem: (why: string) => `This could not be changed: ${why}`,
    licences: 'The licences are not part of this build.',
    wrongSender: 'This is not for you.',
    badRequest: 'This request makes no sense.',
    update: 'Looking for a newer version failed. Postern tries again later.',
  },
};
