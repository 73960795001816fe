import type { Socket } from 'node:net';
import type { LocalTlsStep } from '../dialects/dialect.ts';
import type { LineChannel } from '../net/line-channel.ts';
import { type AcceptTls, resetConnection, tlsVersionOf } from '../net/local-tls.ts';
import { Refused } from '../net/refused.ts';
import type { SessionReport } from './report.ts';

/** A session's connection to its mail program: the accepted one, and after a handshake the TLS over it. */
export class ClientSide {
  readonly #accepted: Socket;
  #socket: Socket;

  constructor(accepted: Socket) {
    this.#accepted = accepted;
    this.#socket = accepted;
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** What it has sent and received, in bytes. */
  bytes(): { from: number; to: number } {
    return { from: this.#socket.bytesRead, to: this.#socket.bytesWritten };
  }

  reset(): void {
    resetConnection(this.#socket);
  }

  /**
   * TLS for a program that may ask for it.
   *
   * @param lines what it sends
   * @param signal ends the handshake
   */
  localTls(
    acceptTls: AcceptTls,
    required: boolean,
    lines: LineChannel,
    report: SessionReport,
    signal: AbortSignal,
  ): LocalTlsStep {
    const accepted = this.#accepted;
    const secured = () => this.#socket !== accepted;
    return {
      required,
      get secured() {
        return secured();
      },
      secure: async (goAhead) => {
        // RFC 3207 §4: bytes behind the request came in plaintext, and must not be taken for protected ones. Bytes
        // after this, but before the handshake, make that fail.
        if (lines.detach().length > 0 || accepted.readableLength > 0) {
          throw new Refused('plaintext-after-starttls', { code: 'device-plaintext-injected' });
        }
        accepted.write(goAhead, 'latin1');
        this.#socket = await acceptTls(accepted, signal);
        lines.attach(this.#socket);
        report.localTls(tlsVersionOf(this.#socket));
      },
    };
  }
}
