/** The core says this often that it is alive (milliseconds), as it does to a window in a browser. */
export const aliveEvery = 15_000;

/** A core that has said nothing for this long is asked (milliseconds). */
const silentFor = 3 * aliveEvery;

/** It answers within this (milliseconds), however busy this computer is, or hangs. */
const answersWithin = 30_000;

/** Notices when somebody who should say now and then that they are alive no longer does. */
export interface Heartbeat {
  /** They have said something, or have just begun. */
  heard(): void;
  /** Nothing is expected of them any more. */
  end(): void;
}

/**
 * @param ask has them answer at once: perhaps it was this computer that slept
 * @param silent called when they have not
 */
export function followHeartbeat(ask: () => void, silent: () => void): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  const after = (milliseconds: number, run: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
    timer.unref();
  };
  return {
    heard() {
      after(silentFor, () => {
        ask();
        after(answersWithin, silent);
      });
    },
    end: () => clearTimeout(timer),
  };
}
