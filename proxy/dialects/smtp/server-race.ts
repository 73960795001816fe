import type { SignInStep } from '../dialect.ts';
import { ClientIdle } from '../turn.ts';

/** Waits for the pieces of a text while watching for a server that answers before the end, or leaves. */
export interface Race {
  /** Whether the server has spoken or left. */
  readonly lost: boolean;
  /**
   * Waits for what comes first.
   *
   * @param work gives up when its signal aborts
   * @throws ClientIdle when nothing came for too long; what `work` throws, or the signal's reason
   */
  with(work: (signal: AbortSignal) => Promise<void>): Promise<'client' | 'server'>;
  /** To be called when the text is through, before anything else waits for either side. */
  end(): void;
}

/** The abort reason for pending waits. Without one, an error with a stack would be created. */
const over = new Error('The text is through.');

/**
 * Begins the race of one text. It is one for all of its pieces: a signal, a timer and a watch over the server for each would cost
 * more than the encryption does.
 */
export function raceServer({ upstream, signal, clientIdleMilliseconds }: SignInStep): Race {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const spoken = () => upstream.buffered > 0 || upstream.ended;
  let settle: ((outcome: 'server' | ClientIdle) => void) | null = null;
  const idle = setTimeout(() => settle?.(new ClientIdle()), clientIdleMilliseconds);
  upstream.arrival(either).then(
    () => settle?.('server'),
    () => undefined,
  );
  return {
    get lost() {
      return spoken();
    },
    with(work) {
      if (spoken()) return Promise.resolve('server');
      idle.refresh();
      return new Promise((resolve, reject) => {
        settle = (outcome) => (outcome === 'server' ? resolve(outcome) : reject(outcome));
        work(either).then(() => resolve('client'), reject);
      });
    },
    end() {
      clearTimeout(idle);
      settle = null;
      ended.abort(over);
    },
  };
}
