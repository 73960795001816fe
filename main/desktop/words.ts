import type { RefusalReason } from '../../proxy/contract/index.ts';

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** Everything that the desktop shell says by itself, ready for translation. What the window says is in renderer/words. */
export const words = {
  product: 'Postern',
  core: {
    starting: 'Postern is starting.',
    restarting: 'The part of Postern that carries mail ended and is being started again.',
    ended: 'The part of Postern that carries mail ended before this was done. Try again in a moment.',
    stopped: 'Postern was stopped.',
    cannotStart: (what: string) => `Postern could not start${what === '' ? '' : ` (${what})`}. Its log has more.`,
  },
  standing: {
    well: 'All is well',
    question: (count: number) => plural(count, 'question waits for you', 'questions wait for you'),
    refused: 'A connection was refused',
    paused: 'Paused',
    down: 'Not running',
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
    more: (count: number) => `and ${count} more`,
    noRelays: 'No account yet',
    file: 'File',
    edit: 'Edit',
    view: 'View',
  },
  relay: {
    listening: 'ready',
    sessions: (count: number) => plural(count, 'connection', 'connections'),
    question: 'waits for your decision',
    refused: 'refused',
    failed: 'not available',
    heldBy: (program: string, freePort: number | undefined) =>
      `port used by ${program}${freePort === undefined ? '' : `; ${freePort} is free`}`,
    starting: 'starting',
  },
  notification: {
    question: {
      title: (host: string) => `Is this really ${host}?`,
      body: (account: string) =>
        `The certificate of the mail server could not be verified. Nothing of ${account} is sent there until you decide.`,
    },
    refused: { title: (host: string) => `Postern refused a connection to ${host}` },
    expiring: {
      title: (host: string, days: number) => `The certificate of ${host} ends in ${plural(days, 'day', 'days')}`,
      body: (date: string) =>
        `After ${date} mail is held back until the provider has renewed it. Most do so by themselves; if the server is yours, renew it now.`,
    },
    restarted: {
      title: 'Postern had to start again',
      body: 'The part that carries mail ended unexpectedly and is running again. Your mail program may have to reconnect.',
    },
    stillRunning: {
      title: 'Postern keeps running',
      body: 'Your mail goes on. The icon in the tray brings the window back, and quits Postern.',
    },
  },
  problem: {
    cannotStart: 'Postern cannot start',
    dataFolder: (why: string) => `The folder could not be opened: ${why}`,
    loginItem: (why: string) => `This could not be changed: ${why}`,
    licences: 'The licences are not part of this build.',
    wrongSender: 'This is not for you.',
    badRequest: 'This request makes no sense.',
    update: 'Looking for a newer version did not work. It is tried again later.',
  },
};

/** Refusals that say something about a program on this computer, which no notification is worth: anyone can knock. */
export const silentReasons: ReadonlySet<RefusalReason> = new Set(['client-not-mail']);
