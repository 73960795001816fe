/**
 * Waits until the function that this adds to a set is called.
 *
 * @param wakes the set; each function is removed when its wait is over
 * @param milliseconds the longest wait
 * @returns false when time is up
 * @throws the signal's reason
 */
export function untilWoken(wakes: Set<() => void>, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      clearTimeout(timer);
      wakes.delete(wake);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const wake = settle(() => resolve(true));
    const onAbort = settle(() => reject(signal.reason));
    const timer = setTimeout(
      settle(() => resolve(false)),
      milliseconds,
    );
    wakes.add(wake);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
