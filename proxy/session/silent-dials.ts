import type { LineChannel } from '../net/line-channel.ts';

/**
 * Limits server connections opened for clients that have not sent anything. A mail program waits for its greeting and
 * then speaks, so it never meets this limit. A client that hangs up without a word, stays silent, or speaks no mail
 * protocol has caused a useless connection: after many of these, silent clients have to wait for a slot.
 */
export interface SilentDials {
  /**
   * Waits for a slot, newest client first (LIFO): long waiters are least likely to be mail programs.
   *
   * @param lines the client's side; only watched, nothing is read
   * @returns its slot; `spoke` when it has sent something or hung up meanwhile and has to be screened; null when it has
   *   waited for too long
   */
  turn(lines: LineChannel): Promise<SilentDial | 'spoke' | null>;
}

/** A slot: one server connection opened for a silent client. Both methods may be called any number of times. */
export interface SilentDial {
  /** Releases the slot: the client proved legitimate, or the failure was not its fault. */
  giveBack(): void;
  /** Charges the slot again: the client proved not to be a mail program. */
  take(): void;
}

/** Maximum concurrent slots: more than all mail programs of a computer need at one moment. */
const atOnce = 20;
/** One slot is freed per interval (milliseconds); this bounds the dial rate that unknown clients can cause. */
const forgottenEvery = 1_000;
/** How long to wait for a slot (milliseconds). Mail programs wait a minute for a greeting. */
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
        // It spoke at the moment when it got its slot.
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
