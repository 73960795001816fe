/**
 * Waits for something, but not for ever. Its timer also keeps the process alive: a promise that nothing can settle any
 * more would otherwise end the run without an error.
 *
 * @param what completes the sentence "… did not happen within N seconds"; only called when needed
 */
export async function bounded<T>(promise: Promise<T>, milliseconds: number, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what()} (not within ${Math.round(milliseconds / 1000)} seconds)`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
