import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createProcessorShare } from './processor-share.ts';

/**
 * Whether a socket belongs to a web browser, told by its program's name in `/proc` (proc_pid_exe(5), proc_pid_fd(5)). A
 * browser connects ahead of what it may ask for and says nothing, as a mail program that waits for its greeting does:
 * nothing that comes over the line tells the two apart.
 */

/**
 * The programs of browsers that connect for pages and have no mail program in them: Vivaldi and SeaMonkey have one.
 * `WebKitNetworkProcess` is that of Epiphany and all others on WebKitGTK.
 */
const browsers = new Set([
  ...['chrome', 'chromium', 'chromium-browser', 'headless_shell', 'chrome-headless-shell', 'msedge', 'brave', 'opera'],
  ...['thorium', 'iron', 'yandex_browser', 'firefox', 'firefox-bin', 'firefox-esr', 'firefox.real', 'librewolf'],
  ...['waterfox', 'floorp', 'icecat', 'palemoon', 'zen', 'WebKitNetworkProcess', 'falkon', 'konqueror', 'ladybird'],
]);

/** Then others have their turn (milliseconds). */
const turnMilliseconds = 1;

/** As for the kernel's lists of sockets: measured, 0.3 ms a look beside 130 programs, 4 ms beside a browser with five tabs. */
const share = 0.25;
const burst = 20;

/**
 * Which program a process runs is read again after so long (milliseconds): another may take its place. Not before it has
 * been there for a while: most do so as soon as they begin.
 */
const settled = 1000;
const knownFor = 5000;

/** What is read of `/proc`, so that a test can tell what is there. All three throw the system's error. */
export interface ProcessFiles {
  processes(): string[];
  program(process: string): string;
  /** Where the descriptors of a process lead. */
  descriptors(process: string): Iterable<string>;
}

export interface BrowserSockets {
  /**
   * @param inode of a socket that is open now
   * @returns false also where the system does not tell: other systems, a hidden `/proc`
   */
  holds(inode: string): Promise<boolean>;
}

/** @param files those of this system unless told */
export function createBrowserSockets(files: ProcessFiles = ofLinux): BrowserSockets {
  const processor = createProcessorShare(share, burst);
  const programs = createPrograms(files);
  let next: Promise<Set<string>> | null = null;
  let last: Promise<unknown> = Promise.resolve();

  /** A look that begins when the one before it is over; whoever asks until then has its answer. */
  async function look(): Promise<Set<string>> {
    await last;
    await processor.turn();
    next = null;
    const { sockets, taken } = await socketsOfBrowsers(files, programs);
    processor.took(taken);
    return sockets;
  }

  return {
    async holds(inode) {
      next ??= last = look();
      return (await next).has(inode);
    },
  };
}

/** Remembers which processes are browsers. Gives the ones among those that are there now. */
function createPrograms({ program }: ProcessFiles): (processes: readonly string[]) => Generator<string | null> {
  let known = new Map<string, { browser: boolean; since: number; until: number }>();
  return function* (processes) {
    const before = known;
    known = new Map();
    for (const process of processes) {
      const now = performance.now();
      let entry = before.get(process);
      if (!entry || now >= entry.until) {
        const since = entry?.since ?? now;
        // One that was replaced by a newer version while it runs is still it.
        const name = basename(attempt(() => program(process), '')).replace(/ \(deleted\)$/, '');
        entry = { browser: browsers.has(name), since, until: now - since < settled ? now : now + knownFor };
      }
      known.set(process, entry);
      yield entry.browser ? process : null;
    }
  };
}

async function socketsOfBrowsers(
  files: ProcessFiles,
  programs: ReturnType<typeof createPrograms>,
): Promise<{ sockets: Set<string>; taken: number }> {
  const sockets = new Set<string>();
  let taken = 0;
  let began = performance.now();
  for (const browser of programs(attempt(files.processes, []))) {
    for (const target of browser === null ? [] : attempt(() => [...files.descriptors(browser)], [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) sockets.add(inode);
    }
    if (performance.now() - began < turnMilliseconds) continue;
    taken += performance.now() - began;
    await nextTurn();
    began = performance.now();
  }
  return { sockets, taken: taken + performance.now() - began };
}

/** Programs end while one looks, and those of other users cannot be looked at. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const ofLinux: ProcessFiles = {
  processes: () => (process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []),
  program: (process) => readlinkSync(`/proc/${process}/exe`),
  descriptors: (process) => {
    const folder = `/proc/${process}/fd`;
    return readdirSync(folder).map((descriptor) => attempt(() => readlinkSync(`${folder}/${descriptor}`), ''));
  },
};
