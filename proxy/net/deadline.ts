import { Refused } from './refused.ts';

/**
 * One deadline for a whole attempt: connect, the plaintext step, TLS and greeting together. A peer that drips one byte
 * now and then gains nothing (no timer here is ever restarted).
 */
export interface Deadline {
  /** Aborts when the time is up, with a `Refused` that says which step was waited for, or when `parent` aborts. */
  readonly signal: AbortSignal;
  /**
   * Names what is waited for from now on; completes the sentence "… while waiting for ‹step›". `hint` is a sentence
   * that follows it.
   */
  waitFor(step: string, hint?: string): void;
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
  let awaited = 'an answer.';
  const timer = setTimeout(() => {
    const seconds = Math.round(milliseconds / 100) / 10;
    controller.abort(
      new Refused(
        'upstream-timeout',
        `${server} gave no answer within ${seconds} seconds, while waiting for ${awaited}`,
      ),
    );
  }, milliseconds);
  const passOn = () => controller.abort(parent.reason);
  if (parent.aborted) passOn();
  else parent.addEventListener('abort', passOn, { once: true });
  return {
    signal: controller.signal,
    waitFor(step, hint) {
      awaited = hint === undefined ? `${step}.` : `${step}. ${hint}`;
    },
    clear() {
      clearTimeout(timer);
      parent.removeEventListener('abort', passOn);
    },
  };
}
