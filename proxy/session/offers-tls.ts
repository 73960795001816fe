import type { Dialect } from '../dialects/dialect.ts';
import { dial, type Resolve } from '../net/dial.ts';
import { LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';

/** Where to ask, and in which language. */
export interface AskedPort {
  server: string;
  address: string;
  port: number;
  dialect: Dialect;
}

/**
 * Asks a server for TLS in plaintext (STARTTLS), on a separate connection that ends with the answer. Nothing of the person's is
 * sent.
 *
 * @returns true unless the server says clearly that it has no TLS to offer on this port
 */
export async function offersTls(at: AskedPort, resolve: Resolve, signal: AbortSignal): Promise<boolean> {
  const transport = await dial(at, resolve, signal).catch(() => null);
  if (!transport) return true;
  try {
    const upstream = new LineChannel(transport);
    const quiet = { waitFor: () => {}, greetingBegan: () => {}, trace: () => {} };
    const { localAddress } = transport;
    await at.dialect.requestTls({ server: at.server, upstream, signal, localAddress, ...quiet });
    return true;
  } catch (error) {
    return !(error instanceof Refused && error.reason === 'starttls-not-offered');
  } finally {
    transport.destroy();
  }
}
