import type { Misbehaviour } from '../contract/index.ts';
import { ChannelClosed, type LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { refusalAfterHandshake } from '../trust/tls/handshake-failure.ts';

/**
 * Runs one exchange under its own time limit, within the session's signal.
 *
 * @param milliseconds the limit for the whole of `work`
 * @param onTime makes the reason with which `work` is aborted when time is up
 */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  onTime: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(onTime()), milliseconds);
  const passOn = () => controller.abort(signal.reason);
  if (signal.aborted) passOn();
  else signal.addEventListener('abort', passOn, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', passOn);
  }
}

/**
 * The server left in the middle of the exchange. One that wants a certificate of ours leaves here: under TLS 1.3 the
 * handshake is over before the server has looked at it.
 */
export function upstreamLeft(server: string, cause?: unknown): Refused {
  const missing = refusalAfterHandshake(server, cause instanceof Error ? cause.cause : undefined);
  if (missing) return missing;
  return new Refused('upstream-closed', { code: 'server-closed' }, { server }, { cause });
}

/** The server said something that its protocol does not allow at this point. */
export function upstreamMisspoke(server: string, did: Misbehaviour): Refused {
  return new Refused('upstream-protocol', { code: 'not-a-mail-server', facts: { did } }, { server });
}

/** The server answered a question that was never asked. */
export function unaskedFor(server: string): Refused {
  return upstreamMisspoke(server, 'unasked');
}

/** The server gave no answer in time, within the sign-in. */
export function upstreamSilent(server: string, milliseconds: number): Refused {
  const facts = { seconds: Math.round(milliseconds / 1000), step: 'answer' } as const;
  return new Refused('upstream-timeout', { code: 'server-timeout', facts }, { server });
}

/** Timeout of a command that only improves the error message, in milliseconds. */
export const lastQuestionMilliseconds = 3000;

/** Runs a part of the exchange; a server that leaves in it has refused. @throws Refused, or what `work` throws */
export async function orLeft<T>(server: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ChannelClosed) throw upstreamLeft(server, error);
    throw error;
  }
}

/** Sends bytes to the server. @throws Refused when it has disconnected; or the signal's reason */
export async function send(
  { upstream, server, signal }: { upstream: LineChannel; server: string; signal: AbortSignal },
  bytes: Buffer,
): Promise<void> {
  await orLeft(server, () => upstream.write(bytes, signal));
}

/**
 * Reads the server's answer; any failure to do so becomes a refusal.
 *
 * @throws Refused
 */
export async function serverAnswer<T>(
  server: string,
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return orLeft(server, () => within(milliseconds, signal, () => upstreamSilent(server, milliseconds), work));
}
