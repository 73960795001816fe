/**
 * Creates a queue for work that builds on the result of the work before it.
 *
 * @returns a function that runs a piece of work once all earlier ones have ended, successfully or not, and returns its
 *   result
 */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
