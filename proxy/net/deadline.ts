import type { AwaitedStep } from '../contract/index.ts';
import { Refused } from './refused.ts';

/**
 * One deadline for a whole attempt: connect, the plaintext step, TLS and greeting together. A peer that drips one byte
 * now and then gains nothing (no timer here is ever restarted).
 */
export interface Deadline {
  /** Aborts when the time is up, with a `Refused` that says which step was waited for, or when `parent` aborts. */
  readonly signal: AbortSignal;
  /** Names what is waited for from now on. */
  waitFor(step: AwaitedStep): void;
  /** Ends the attempt also when this signal aborts, with its reason. */
  heed(signal: AbortSignal): void;
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
  const timer = setTimeout(() => {
    const seconds = Math.round(milliseconds / 100) / 10;
    const finding = { code: 'server-timeout', facts: { seconds, step: awaited } } as const;
    controller.abort(new Refused('upstream-timeout', finding, { server }));
  }, milliseconds);
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
    clear() {
      clearTimeout(timer);
      for (const end of heeded) end();
    },
  };
}
