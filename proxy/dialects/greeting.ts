import type { Protocol } from '../contract/index.ts';
import { greetingFinding, turnedAwayFinding } from '../diagnosis/greeting.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';

/** Enough of a greeting to tell who speaks. */
const telling = 300;

/**
 * Reads a server's greeting. One that is not a welcome is examined for who is speaking, or why we are turned away.
 *
 * @param read reads the whole greeting and refuses anything but a welcome
 */
export async function readGreeting<T>(
  protocol: Protocol,
  { upstream, server, signal }: { upstream: LineChannel; server: string; signal: AbortSignal },
  read: () => Promise<T>,
): Promise<T> {
  await upstream.arrival(signal);
  const said = upstream.peek().toString('latin1', 0, telling);
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Refused) || error.finding.code !== 'not-a-mail-server') throw error;
    const finding = greetingFinding(said, protocol);
    throw finding ? new Refused(error.reason, finding, { server }, { cause: error }) : error;
  }
}

/**
 * The server does not want this connection. That says nothing about encryption, nor does it mean the wrong server.
 *
 * @param said its words, to be recognised; none of them is in the refusal
 * @param to what they are an answer to
 */
export function turnedAway(server: string, said: string, protocol: Protocol, to: 'greeting' | 'introduction'): Refused {
  return new Refused('upstream-protocol', turnedAwayFinding(said, protocol, to), { server });
}
