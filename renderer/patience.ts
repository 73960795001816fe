/** A timeout for a silent peer: a program that hangs keeps its connections open. */
export interface Patience {
  /** Aborts when it has run out. */
  readonly signal: AbortSignal;
  /** Restarts the timeout with this many milliseconds. */
  wait(milliseconds: number): void;
  /** Stops the timeout. */
  end(): void;
}

export function createPatience(): Patience {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    signal: over.signal,
    wait(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(() => over.abort(), milliseconds);
    },
    end: () => clearTimeout(timer),
  };
}
