import type { AwaitedStep } from '../contract/index.ts';
import { Refused } from './refused.ts';

/**
 * One deadline for a whole attempt: connect, the plaintext step, TLS and greeting together. A peer that drips a byte
 * now and then gains nothing: the time is extended once at most, where a step is known to be slow on purpose.
 */
export interface Deadline {
  /** Aborts when time is up, with a `Refused` that says which step was being waited for, or when `parent` aborts. */
  readonly signal: AbortSignal;
  /** Names what is being waited for from now on. */
  waitFor(step: AwaitedStep): void;
  /** Also ends the attempt when this signal aborts, with its reason. */
  heed(signal: AbortSignal): void;
  /**
   * Restarts the attempt's clock from now with a multiple of its time. Once: a second call changes nothing.
   *
   * @param times the multiple
   */
  extend(times: number): void;
  /** Stops the clock. */
  clear(): void;
}

/**
 * @param milliseconds how long the whole attempt may take
 * @param server the server's name, for the message
 * @param parent ends the attempt early, with its own reason (the mail program hung up, Postern stops)
 */
export function startDeadline(milliseconds: number, server: string, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  let awaited: AwaitedStep = 'answer';
  let extended = false;
  const begun = performance.now();
  let timer = startTimer(milliseconds, milliseconds);
  function startTimer(left: number, whole: number): NodeJS.Timeout {
    return setTimeout(() => {
      const seconds = Math.round(whole / 100) / 10;
      const finding = { code: 'server-timeout', facts: { seconds, step: awaited } } as const;
      controller.abort(new Refused('upstream-timeout', finding, { server }));
    }, left);
  }
  const heeded: (() => void)[] = [];
  const heed = (signal: AbortSignal) => {
    const passOn = () => controller.abort(signal.reason);
    if (signal.aborted) passOn();
    else signal.addEventListener('abort', passOn, { once: true });
    heeded.push(() => signal.removeEventListener('abort', passOn));
  };
  heed(parent);
  return {
    heed,
    signal: controller.signal,
    waitFor(step) {
      awaited = step;
    },
    extend(times) {
      if (extended || controller.signal.aborted) return;
      extended = true;
      clearTimeout(timer);
      timer = startTimer(milliseconds * times, Math.round(performance.now() - begun) + milliseconds * times);
    },
    clear() {
      clearTimeout(timer);
      for (const end of heeded) end();
    },
  };
}
