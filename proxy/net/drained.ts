import type { Writable } from 'node:stream';

/**
 * Resolves when the stream takes more: to true, or to false where it has closed instead. Rejects with the signal's
 * reason.
 */
export function drained(stream: Writable, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      stream.off('drain', drain);
      stream.off('close', close);
      signal.removeEventListener('abort', abort);
      act();
    };
    const drain = settle(() => resolve(true));
    const close = settle(() => resolve(false));
    const abort = settle(() => reject(signal.reason));
    stream.once('drain', drain);
    stream.once('close', close);
    signal.addEventListener('abort', abort, { once: true });
  });
}
