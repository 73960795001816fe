import type { ServerPlace, SignInWay, UpstreamProtection } from '../contract/index.ts';
import { dialects } from '../dialects/index.ts';
import { startDeadline } from '../net/deadline.ts';
import type { Resolve } from '../net/dial.ts';
import { wayOf } from '../protocols/sign-in-way.ts';
import { connectUpstream } from '../session/connect-upstream.ts';
import type { DecidingDesk, TlsContext } from '../trust/tls/secure-upstream.ts';

/** What is needed to try servers. */
export interface VerifyContext {
  resolve: Resolve;
  tlsContext: TlsContext;
  desk: DecidingDesk;
  /** For each of the two halves of a try: up to the greeting, and asking the server what it can do. */
  tryMilliseconds: number;
}

/** A server that answered, and was verified. */
export interface VerifiedServer {
  protection: UpstreamProtection;
  signIn: SignInWay;
}

/**
 * Connects to a server the way a session does, reads its greeting, asks what it can do, and quits.
 *
 * @param place with the `address` to dial, where that is not the server's name
 * @throws Refused, or the signal's reason
 */
export async function verifyServer(
  { protocol, server, address = server, port, tls }: ServerPlace & { address?: string | undefined },
  { resolve, tlsContext, desk, tryMilliseconds }: VerifyContext,
  signal: AbortSignal,
): Promise<VerifiedServer> {
  const dialect = dialects[protocol];
  const target = { relay: '', account: '', server, address, port, tls, dialect, tlsContext: () => tlsContext };
  const context = { desk, resolve, connectTimeoutMilliseconds: tryMilliseconds, trace: () => undefined };
  const { verified, lines, greeting } = await connectUpstream(target, context, signal);
  const deadline = startDeadline(tryMilliseconds, server, signal);
  try {
    const alone = { upstream: lines, server, signal: deadline.signal, replyMilliseconds: tryMilliseconds };
    const client = dialect.ownClient(alone, greeting.knowledge);
    const { mechanisms, command, stated } = await client.offer();
    await client.quit();
    return { protection: verified.protection, signIn: wayOf(mechanisms, command && stated) };
  } finally {
    deadline.clear();
    verified.socket.destroy();
  }
}
