import type { ServerPlace, SignInWay, UpstreamProtection } from '../contract/index.ts';
import { orLeft } from '../dialects/clock.ts';
import { dialects } from '../dialects/index.ts';
import { startDeadline } from '../net/deadline.ts';
import type { Resolve } from '../net/dial.ts';
import { connectUpstream } from '../session/connect-upstream.ts';
import type { JudgingDesk, TlsContext } from '../trust/tls/secure-upstream.ts';
import { signInWays } from './sign-in-way.ts';

/** What is needed to try servers. */
export interface VerifyContext {
  resolve: Resolve;
  tlsContext: TlsContext;
  desk: JudgingDesk;
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
  const target = {
    relay: '',
    account: '',
    server,
    address,
    port,
    tls,
    dialect: dialects[protocol],
    tlsContext: () => tlsContext,
  };
  const context = { desk, resolve, connectTimeoutMilliseconds: tryMilliseconds, trace: () => undefined };
  const { verified, lines } = await connectUpstream(target, context, signal);
  const deadline = startDeadline(tryMilliseconds, server, signal);
  try {
    const signIn = await orLeft(server, () => signInWays[protocol](lines, server, deadline.signal));
    return { protection: verified.protection, signIn };
  } finally {
    deadline.clear();
    verified.socket.destroy();
  }
}
