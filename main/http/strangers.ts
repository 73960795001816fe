/** Counts programs that were cut, so that a flood of them is one line a minute. */
export interface Strangers {
  note(): void;
  /** Reports what has not been reported yet. */
  end(): void;
}

const periodMilliseconds = 60_000;

/** @param tell called with how many: for the first one at once, for those after it at the end of the minute */
export function countStrangers(tell: (count: number) => void, milliseconds = periodMilliseconds): Strangers {
  let more = 0;
  let timer: NodeJS.Timeout | null = null;
  function end(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (more > 0) tell(more);
    more = 0;
  }
  return {
    note() {
      if (timer) {
        more += 1;
        return;
      }
      timer = setTimeout(end, milliseconds).unref();
      tell(1);
    },
    end,
  };
}
