/** What system signals ask of a running core. */
export interface Signals {
  /** @param listener called for each signal to stop, including those that came before */
  stop(listener: () => void): void;
  /** @param listener called for each signal to read the configuration again */
  reload(listener: () => void): void;
}

/**
 * Catches signals from now on: one that comes while Postern is still starting is not lost.
 *
 * @param reloads whether SIGHUP means to read the configuration again; otherwise it means that the terminal has gone
 */
export function hearSignals(reloads: boolean): Signals {
  const asksForEnd = keep(['SIGINT', 'SIGTERM', ...(reloads ? [] : (['SIGHUP'] as const))]);
  return { stop: asksForEnd, reload: keep(reloads ? ['SIGHUP'] : []) };
}

function keep(signals: readonly NodeJS.Signals[]): (listener: () => void) => void {
  let early = 0;
  let tell = () => {
    early += 1;
  };
  for (const signal of signals) process.on(signal, () => tell());
  return (listener) => {
    tell = listener;
    for (; early > 0; early -= 1) listener();
  };
}
