import { Refused } from '../net/refused.ts';
import type { PlaintextStep } from './dialect.ts';

/**
 * Waits for the server's first byte in plaintext and names the mix-up of the two TLS modes: a port that speaks TLS from
 * the first byte sends a TLS record (RFC 8446 §5.1), or waits in silence for ours until the deadline.
 *
 * @throws Refused `upstream-protocol`, or the signal's reason
 */
export async function awaitPlaintextGreeting({ upstream, server, signal, waitFor }: PlaintextStep): Promise<void> {
  waitFor('plaintext-greeting');
  await upstream.arrival(signal);
  // A server that has begun to greet in plaintext is not in the other TLS mode.
  waitFor('rest-of-greeting');
  const first = upstream.peek()[0];
  if (first !== 0x15 && first !== 0x16) return;
  throw new Refused('upstream-protocol', { code: 'port-wants-implicit-tls' }, { server });
}
