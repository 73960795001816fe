import type { Protocol } from '../contract/index.ts';
import { greetingFinding, recogniseGreeting, turnedAwayFinding } from '../diagnosis/greeting.ts';
import { ChannelClosed, type LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { upstreamLeft } from './clock.ts';

const isWelcome = /^(?:2|\* (?:OK|PREAUTH)\b|\+OK\b)/i;

/** Enough of a greeting to recognise the protocol. */
const telling = 300;

/**
 * Reads a server's greeting. One that is no welcome, or ends before its line does, is examined: it may be another
 * protocol, or say why the server refuses.
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
  } catch (cause) {
    const error = cause instanceof ChannelClosed ? upstreamLeft(server, cause) : cause;
    if (!(error instanceof Refused)) throw error;
    const { code } = error.finding;
    if (code !== 'not-a-mail-server' && code !== 'server-closed') throw error;
    const begun = code === 'server-closed' ? upstream.peek().toString('latin1', 0, telling) : said;
    // Half a welcome does not say why it broke off.
    const welcome = code === 'server-closed' && isWelcome.test(begun) && recogniseGreeting(begun) === protocol;
    const finding = begun === '' || welcome ? undefined : greetingFinding(begun, protocol);
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
