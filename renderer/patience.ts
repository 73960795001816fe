/** Ends a wait for somebody who has said nothing for too long: a program that hangs keeps its connections open. */
export interface Patience {
  /** Aborts when it has run out. */
  readonly signal: AbortSignal;
  /** From now on, this many milliseconds of silence are borne. */
  wait(milliseconds: number): void;
  /** Nothing is waited for any more. */
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
