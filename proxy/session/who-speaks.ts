import { setTimeout as delay } from 'node:timers/promises';
import { recogniseGreeting, type Spoken } from '../diagnosis/greeting.ts';
import { dial, type Resolve } from '../net/dial.ts';
import { LineChannel } from '../net/line-channel.ts';

/** How long a server may be silent before we speak to it, in milliseconds. */
const silenceMilliseconds = 1_500;

/**
 * A ClientHello that nobody can accept: TLS 1.2 without a common cipher (RFC 5246 §7.4.1.2). A TLS server answers with
 * an alert; an HTTP server with a page that says "bad request". It opens no TLS and carries nothing of anyone's.
 */
const hello = Buffer.concat([
  Buffer.from('160301002d010000290303', 'hex'),
  Buffer.alloc(32, 0x50),
  // No session, only TLS_NULL_WITH_NULL_NULL, no compression, no extensions.
  Buffer.from('00000200000100', 'hex'),
]);

/** The port to examine. */
interface Port {
  server: string;
  address: string;
  port: number;
}

/**
 * Looks at the first bytes from a port, on a separate connection. The TLS library, which read them on the first one,
 * does not reveal them. Nothing of the person's is sent.
 *
 * @param greets true where the server may greet unprompted, and is only spoken to when it does not
 * @returns null for anything unknown
 * @throws what dialling does; the signal's reason
 */
export async function whoSpeaks(
  port: Port,
  greets: boolean,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Spoken | null> {
  const transport = await dial(port, resolve, signal);
  try {
    const upstream = new LineChannel(transport);
    if (greets) await Promise.race([upstream.arrival(signal), delay(silenceMilliseconds, undefined, { ref: false })]);
    if (upstream.buffered === 0) {
      await upstream.write(hello, signal);
      await upstream.arrival(signal);
    }
    return recogniseGreeting(upstream.peek().toString('latin1', 0, 300));
  } finally {
    transport.destroy();
  }
}
