import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createProcessorShare } from './processor-share.ts';

/**
 * Whether a socket belongs to a web browser, going by its program's name in `/proc` (proc_pid_exe(5), proc_pid_fd(5)).
 * A browser opens connections ahead of need and says nothing, just like a mail program waiting for its greeting:
 * nothing on the connection distinguishes the two.
 */

/**
 * Browsers that connect for pages and contain no mail program; Vivaldi and SeaMonkey do. `WebKitNetworkProcess` belongs
 * to Epiphany and everything else on WebKitGTK.
 */
const browsers = new Set([
  ...['chrome', 'chromium', 'chromium-browser', 'headless_shell', 'chrome-headless-shell', 'msedge', 'brave', 'opera'],
  ...['thorium', 'iron', 'yandex_browser', 'firefox', 'firefox-bin', 'firefox-esr', 'firefox.real', 'librewolf'],
  ...['waterfox', 'floorp', 'icecat', 'palemoon', 'zen', 'WebKitNetworkProcess', 'falkon', 'konqueror', 'ladybird'],
]);

/** After this long, other work has its turn (milliseconds). */
const turnMilliseconds = 1;

/**
 * As for the kernel's socket lists. Measured: 0.3 ms a look with 130 programs running, 4 ms with a browser with five
 * tabs.
 */
const share = 0.25;
const burst = 20;

/**
 * How long a process must have run before its program is remembered, and for how long it then is (milliseconds): a
 * process may become another program, and most do so as soon as they begin.
 */
const settled = 1000;
const knownFor = 5000;

/** What is read from `/proc`, so that a test can replace it. All three throw the system's error. */
export interface ProcessFiles {
  processes(): string[];
  program(process: string): string;
  /** Where the descriptors of a process point. */
  descriptors(process: string): Iterable<string>;
}

export interface BrowserSockets {
  /**
   * @param inode of a socket that is open now
   * @returns false also where the system does not say: other systems, a hidden `/proc`
   */
  holds(inode: string): Promise<boolean>;
}

/** @param files this system's by default */
export function createBrowserSockets(files: ProcessFiles = ofLinux): BrowserSockets {
  const processor = createProcessorShare(share, burst);
  const programs = createPrograms(files);
  let next: Promise<Set<string>> | null = null;
  let last: Promise<unknown> = Promise.resolve();

  /** A scan begins only when the one before is over; all requests until then share it. */
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

/** Remembers which processes are browsers. Yields the ones among those running now. */
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
        // A program replaced by a newer version while running is still the same one.
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

/** Programs end while we look, and those of other users cannot be read. */
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
