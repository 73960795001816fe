const everyMilliseconds = 50;

/** Notices when this process could not run for a while, as on an overloaded machine. */
export interface StallWatch {
  /** The longest stall since that moment, in milliseconds; moments are values of `performance.now()`. */
  worstSince(moment: number): number;
  stop(): void;
}

export function watchStalls(): StallWatch {
  const stalls: { until: number; milliseconds: number }[] = [];
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    const late = now - last - everyMilliseconds;
    if (late > everyMilliseconds) stalls.push({ until: now, milliseconds: late });
    last = now;
  };
  const timer = setInterval(look, everyMilliseconds).unref();
  return {
    worstSince(moment) {
      look();
      return Math.max(0, ...stalls.filter(({ until }) => until >= moment).map(({ milliseconds }) => milliseconds));
    },
    stop: () => clearInterval(timer),
  };
}
