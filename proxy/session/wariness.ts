/** How long a silent client is watched before its server is dialled. */
export interface Wariness {
  /**
   * @param arriving how many clients are being screened at this moment
   * @param costsNothing whether there already is a connection to the server
   * @returns milliseconds
   */
  quiet(arriving: number, costsNothing: boolean): number;
  /** A client has spoken another protocol than mail. */
  foreign(): void;
  /** A client waited for the greeting, as mail programs do. */
  honest(): void;
}

/**
 * A mail program waits for the greeting, and must not notice that it is watched. A web page's request usually comes
 * within 10 ms of its connection, on a busy computer within 80 (measured with Chromium), and hardly ever alone.
 */
const afterForeign = { quiet: 250, lasts: 60_000 };
const manyAtOnce = { quiet: 150, above: 3 };
/** Before any mail program has connected successfully: noticeable once, in the first session. */
const unknown = 100;
const afterHonest = { quiet: 10, lasts: 60 * 60_000 };

/** @param now milliseconds of a clock that never jumps */
export function createWariness(now: () => number = () => performance.now()): Wariness {
  let foreignAt = Number.NEGATIVE_INFINITY;
  let honestAt = Number.NEGATIVE_INFINITY;
  return {
    quiet(arriving, costsNothing) {
      if (now() - foreignAt < afterForeign.lasts) return afterForeign.quiet;
      if (arriving > manyAtOnce.above) return manyAtOnce.quiet;
      if (now() - honestAt >= afterHonest.lasts) return unknown;
      return costsNothing ? 0 : afterHonest.quiet;
    },
    foreign() {
      foreignAt = now();
    },
    honest() {
      honestAt = now();
    },
  };
}
