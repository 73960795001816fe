/**
 * A ClientHello with a post-quantum key share is larger than one packet (draft-ietf-tls-ecdhe-mlkem: 1216 bytes for
 * X25519MLKEM768 alone). Some middleboxes and some old servers swallow it, reset the connection, or answer with an
 * alert. For these there is a second attempt whose hello has only classical groups and fits into one packet.
 *
 * It is not a downgrade: versions, ciphers, signatures and the judgement of the certificate are the same. All that is
 * lost is protection of a recorded connection against a quantum computer, and anyone who can bring that about could
 * just as well block the line for good.
 *
 * The first attempt continues while the second one runs, and whichever is ready first is used: an honest but slow
 * server is reached as soon as it answers.
 */
import type { CareMemory } from '../care/memory.ts';
import type { Endpoint } from '../contract/index.ts';
import { Refused } from '../net/refused.ts';

export type HelloSize = 'usual' | 'one-packet';

/** One attempt to reach a server, with what the other needs to know about it. */
export interface HelloAttempt {
  hello: HelloSize;
  /** Ends only this attempt, or all. */
  signal: AbortSignal;
  /** To be called when the ClientHello is sent. @param received returns the number of bytes received since */
  helloSent(received: () => number): void;
}

/** Silence after which the second attempt begins, in milliseconds: longer than two losses of a packet take. */
const maxSilence = 3_000;

/** A record that contains only an alert (RFC 8446 §5.1, §6): the server has not taken part in the handshake. */
const alertBytes = 7;

/**
 * How long the silence after a hello may last for a whole second attempt to fit into the time left.
 *
 * @param elapsed milliseconds from the beginning of the attempt until its hello was sent
 * @param timeout milliseconds for all of it
 */
export function patience(elapsed: number, timeout: number): number {
  return Math.max(0, Math.min(maxSilence, (timeout - 2 * elapsed) / 2));
}

/** What is done with the two attempts. */
export interface HelloOptions<T> {
  attempt(of: HelloAttempt): Promise<T>;
  /** Releases a result that is not wanted, because the other attempt was ready first. */
  dispose(result: T): void;
  /** Milliseconds for both together; the caller's signal aborts then. */
  timeout: number;
  signal: AbortSignal;
}

/**
 * Tries with the usual hello and, if that fails, with one of a single packet.
 *
 * @throws what the attempt in which the server took part threw, otherwise what the usual one threw
 */
export function withEitherHello<T>(options: HelloOptions<T>): Promise<{ result: T; needed: HelloSize }> {
  const { attempt, dispose, timeout, signal } = options;
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const running = new Map<HelloSize, AbortController>();
    const received: Partial<Record<HelloSize, () => number>> = {};
    let usualFailure: { error: unknown } | null = null;
    let timer: NodeJS.Timeout | undefined;
    let shorterBegun = false;
    let over = false;

    const finish = (act: () => void) => {
      over = true;
      clearTimeout(timer);
      for (const other of running.values()) other.abort(new OtherWasReady());
      act();
    };
    const tookPart = (hello: HelloSize) => (received[hello]?.() ?? 0) > alertBytes;

    function start(hello: HelloSize): void {
      const controller = new AbortController();
      running.set(hello, controller);
      shorterBegun ||= hello === 'one-packet';
      const helloSent = (count: () => number) => {
        received[hello] = count;
        if (hello === 'usual') timer = setTimeout(silent, patience(performance.now() - begun, timeout));
      };
      attempt({ hello, signal: AbortSignal.any([signal, controller.signal]), helloSent }).then(
        (result) => {
          running.delete(hello);
          if (over) dispose(result);
          else finish(() => resolve({ result, needed: tookPart('usual') ? 'usual' : hello }));
        },
        (error) => {
          running.delete(hello);
          if (!over) failed(hello, error);
        },
      );
    }

    function silent(): void {
      if (running.has('usual') && received.usual?.() === 0) start('one-packet');
    }

    function failed(hello: HelloSize, error: unknown): void {
      const maybeTheHello = error instanceof Refused && error.reason !== 'tls-too-old' && !tookPart(hello);
      // Before its hello, an attempt fails for other reasons, for which the second one would fail, too.
      if (signal.aborted || !maybeTheHello || !received.usual) {
        finish(() => reject(error));
        return;
      }
      if (hello === 'usual') {
        usualFailure = { error };
        clearTimeout(timer);
        if (!shorterBegun) start('one-packet');
      }
      if (running.size === 0) finish(() => reject(usualFailure ? usualFailure.error : error));
    }

    start('usual');
  });
}

class OtherWasReady extends Error {}

/** What is remembered about servers, across restarts. */
export type HelloMemory = Pick<CareMemory, 'needs' | 'sawNeeds'>;

/**
 * How long to remember that a server answers only a hello of one packet: a day, as the middlebox may be gone by then.
 */
const rememberedMilliseconds = 24 * 3_600_000;

/** @param now milliseconds since 1970 */
export function helloFor(server: Endpoint, memory: HelloMemory, now: number): HelloSize {
  const until = Date.parse(memory.needs(server).onePacketUntil ?? '');
  // A clock that was wrong must not have an effect for longer than a day.
  return until > now && until <= now + rememberedMilliseconds ? 'one-packet' : 'usual';
}

/** @param needed what the server was just seen to need @param now milliseconds since 1970 */
export function rememberHello(server: Endpoint, needed: HelloSize, memory: HelloMemory, now: number): void {
  if (needed === 'one-packet') {
    memory.sawNeeds(server, { onePacketUntil: new Date(now + rememberedMilliseconds).toISOString() });
  } else if (memory.needs(server).onePacketUntil !== undefined) {
    memory.sawNeeds(server, { onePacketUntil: undefined });
  }
}
