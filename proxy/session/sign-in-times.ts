import type { SignInStep } from '../dialects/dialect.ts';

/** RFC 5321 §4.5.3.2.7 requires at least 5 minutes, RFC 1939 §3 10, RFC 3501 §5.4 30: one limit for all. */
const clientIdleMilliseconds = 30 * 60_000;

/** A connection that a device has left open takes up one of its places: no longer than RFC 5321 requires. */
const deviceIdleMilliseconds = 5 * 60_000;

/**
 * The server's time for a whole answer within the sign-in, as a multiple of the connect timeout: servers slow down
 * guessing on purpose.
 */
const replyTimesConnectTimeout = 4;

/**
 * How long either side may take over its part of the sign-in.
 *
 * @param device whether the client is one
 */
export function signInTimes(
  device: boolean,
  connectTimeoutMilliseconds: number,
): Pick<SignInStep, 'clientIdleMilliseconds' | 'replyMilliseconds'> {
  return {
    clientIdleMilliseconds: device ? deviceIdleMilliseconds : clientIdleMilliseconds,
    replyMilliseconds: connectTimeoutMilliseconds * replyTimesConnectTimeout,
  };
}
