/** System signals for a running core. */
export interface Signals {
  /** @param listener called for each signal to stop, including those that came before */
  stop(listener: () => void): void;
  /** @param listener called for each signal to read the configuration again */
  reload(listener: () => void): void;
}

/**
 * Catches signals from now on: one to stop that comes while Postern is still starting takes effect after that, and another
 * ends the process at once, by that signal.
 *
 * @param reloads whether SIGHUP means to read the configuration again; otherwise it means that the terminal was closed
 * @param say told, in a sentence, of one to stop while Postern is still starting
 */
export function hearSignals(reloads: boolean, say: (sentence: string) => void): Signals {
  const asksForEnd = keep(['SIGINT', 'SIGTERM', ...(reloads ? [] : (['SIGHUP'] as const))], (signal, again) => {
    if (again) endBy(signal);
    say('Postern is still starting, and stops after that; the same again stops at once.');
  });
  return { stop: asksForEnd, reload: keep(reloads ? ['SIGHUP'] : [], () => undefined) };
}

/** An exit would wait for whatever the start waits for, such as a file on a server that does not answer. */
function endBy(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Process 1 of a container is not ended by its own signals.
  process.exit(1);
}

/** @param hear called for each signal that comes before there is a listener */
function keep(
  signals: readonly NodeJS.Signals[],
  hear: (signal: NodeJS.Signals, again: boolean) => void,
): (listener: () => void) => void {
  let early = 0;
  let tell = (signal: NodeJS.Signals) => {
    early += 1;
    hear(signal, early > 1);
  };
  for (const signal of signals) process.on(signal, () => tell(signal));
  return (listener) => {
    tell = listener;
    for (; early > 0; early -= 1) listener();
  };
}
