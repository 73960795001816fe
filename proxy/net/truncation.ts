import type { Duplex } from 'node:stream';
import type { UpstreamTransport } from './upstream-transport.ts';

/** The server's side ended without `close_notify`: what was received may be a part only (RFC 8446 §6.1). */
export class UpstreamTruncated extends Error {
  override readonly name = 'UpstreamTruncated';
  constructor() {
    super('The server ended the connection without saying that it was finished.');
  }
}

/**
 * Turns a FIN without `close_notify` into an error on the TLS socket, after everything that was received has been
 * read. A socket that ended by `close_notify` is left alone.
 *
 * @param tls the TLS socket over `transport`; while nobody reads from it, it must be paused
 */
export function endOnlyByCloseNotify(tls: Duplex, transport: UpstreamTransport): void {
  const settle = () => {
    if (tls.readableEnded || tls.destroyed) return;
    if (tls.readableLength > 0) {
      if (tls.isPaused()) tls.once('resume', () => setImmediate(settle));
      else setImmediate(settle);
      return;
    }
    // An end that arrived while nobody read is announced by a read of nothing.
    tls.read(0);
    setImmediate(() => {
      if (!tls.readableEnded && !tls.destroyed) tls.destroy(new UpstreamTruncated());
    });
  };
  if (transport.finReceived) setImmediate(settle);
  else transport.once('fin', () => setImmediate(settle));
}
