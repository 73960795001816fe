/**
 * Lets something happen a few times in a while.
 *
 * @param max how often within `milliseconds`
 * @returns a function that says whether it may happen once more, and counts it
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
