/**
 * Makes a queue for work that builds on the result of the work before it.
 *
 * @returns runs a piece of work once all that was handed in before has ended, well or badly, and passes on how it ended
 */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
