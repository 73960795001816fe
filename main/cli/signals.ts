/** What the system's signals ask of a running core. */
export interface Signals {
  /** @param listener hears each signal that asks for an end, those of the time before among them */
  stop(listener: () => void): void;
  /** @param listener hears each signal that asks to read the configuration again */
  reload(listener: () => void): void;
}

/**
 * Hears signals from now on: one that comes while Postern still starts is not lost.
 *
 * @param reloads whether SIGHUP asks to read the configuration again; it is the end of the terminal otherwise
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
