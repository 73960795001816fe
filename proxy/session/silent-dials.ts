import type { LineChannel } from '../net/line-channel.ts';

/**
 * How many connections to servers programs may cause that have not said anything. A mail program waits for its greeting and
 * then speaks, so it is never noticed here. Whoever hangs up without a word, stays silent, or turns out to speak no mail
 * protocol has had a server dialled for nothing: once that has happened often, silent programs take turns.
 */
export interface SilentDials {
  /**
   * Waits for a turn, the newest first: those that have waited for longest are the least likely to be mail programs.
   *
   * @param lines the program's side; only watched, nothing is read
   * @returns the dial that it may cause; `spoke` when it has said something or hung up meanwhile, which has to be screened;
   *   null when it has waited for too long
   */
  turn(lines: LineChannel): Promise<SilentDial | 'spoke' | null>;
}

/** One connection to a server, caused by a program that had said nothing. Both can be called any number of times. */
export interface SilentDial {
  /** The program has shown that it was worth it, or is not to blame. */
  giveBack(): void;
  /** It was for nothing after all. */
  take(): void;
}

/** As many as all mail programs of a computer have waiting for a greeting at the same moment, and more. */
const atOnce = 20;
/** Each is forgotten after so long, one after the other: what strangers cost the server at most (milliseconds). */
const forgottenEvery = 1_000;
/** How long to wait for a turn. Mail programs wait a minute for a greeting (milliseconds). */
const patience = 10_000;

/** @param now milliseconds of a clock that never jumps */
export function createSilentDials(now: () => number = () => performance.now()): SilentDials {
  let open = 0;
  let countedAt = now();
  let timer: NodeJS.Timeout | null = null;
  const waiting: ((dial: SilentDial) => void)[] = [];

  function count(): void {
    const time = now();
    open = Math.max(0, open - (time - countedAt) / forgottenEvery);
    countedAt = time;
  }

  function dial(): SilentDial {
    let counted = true;
    open += 1;
    return {
      giveBack() {
        if (!counted) return;
        counted = false;
        count();
        open = Math.max(0, open - 1);
        letNext();
      },
      take() {
        if (counted) return;
        counted = true;
        count();
        open += 1;
      },
    };
  }

  function letNext(): void {
    count();
    while (waiting.length > 0 && open <= atOnce - 1) waiting.pop()?.(dial());
    if (waiting.length === 0 || timer) return;
    timer = setTimeout(
      () => {
        timer = null;
        letNext();
      },
      (open - (atOnce - 1)) * forgottenEvery,
    ).unref();
  }

  return {
    async turn(lines) {
      count();
      if (waiting.length === 0 && open <= atOnce - 1) return dial();
      const given = new AbortController();
      let mine: SilentDial | null = null;
      const go = (one: SilentDial) => {
        mine = one;
        given.abort('turn');
      };
      waiting.push(go);
      letNext();
      const late = setTimeout(() => given.abort('late'), patience).unref();
      try {
        await lines.arrival(given.signal);
        // It has spoken, and has its turn in the same moment.
        (mine as SilentDial | null)?.giveBack();
        return 'spoke';
      } catch {
        return mine;
      } finally {
        clearTimeout(late);
        const at = waiting.indexOf(go);
        if (at !== -1) waiting.splice(at, 1);
      }
    },
  };
}
