/**
 * Lets something happen only a few times within a period.
 *
 * @param max how many times within `milliseconds`
 * @returns a function that says whether it may happen again, and counts it
 */
export function createLimit(max: number, milliseconds: number, now: () => number): () => boolean {
  let times: number[] = [];
  return () => {
    const time = now();
    times = times.filter((each) => time - each < milliseconds);
    if (times.length >= max) return false;
    times.push(time);
    return true;
  };
}
