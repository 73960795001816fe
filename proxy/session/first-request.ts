import type { Dialect } from '../dialects/dialect.ts';
import type { LineChannel } from '../net/line-channel.ts';

/**
 * How long a program that speaks first is waited for when it is to be refused (milliseconds): one that gets an answer in
 * place of a goodbye can show the words.
 */
const requestMilliseconds = 1_000;

/**
 * Waits for the first request of a program that speaks first: it is refused by the request's number.
 *
 * @param lines what it sends; only inspected, nothing is read
 */
export async function hearRequest({ asksFirst }: Dialect, lines: LineChannel, signal: AbortSignal): Promise<void> {
  if (!asksFirst) return;
  const late = AbortSignal.any([signal, AbortSignal.timeout(requestMilliseconds)]);
  while (!asksFirst(lines.peek()) && !lines.ended && !late.aborted) {
    await lines.arrival(late, lines.buffered).catch(() => undefined);
  }
}
