import { type AccountConfiguration, ownSignIn } from '../contract/index.ts';
import { signInFinding } from '../diagnosis/sign-in-reply.ts';
import { dialects } from '../dialects/index.ts';
import { startDeadline } from '../net/deadline.ts';
import { Refused } from '../net/refused.ts';
import { type AttemptContext, connectUpstream } from '../session/connect-upstream.ts';
import type { TlsContext } from '../trust/tls/secure-upstream.ts';
import { SignInFailed } from './failures.ts';
import { signInByToken, type TokenTaken } from './token-sign-in.ts';

/** What is needed to try servers, as a session would. */
export interface TryContext extends Omit<AttemptContext, 'trace'> {
  tlsContext(relay: string): TlsContext;
}

/** What a server answers to somebody else's token: that it does not know it. Everything else has other causes. */
const aboutTheToken: readonly string[] = ['wrong-password', 'app-password-needed', 'oauth-needed'];

/**
 * Signs in once over each relay of an account with a token just obtained: the wrong mailbox is found now, and not by
 * the mail program tomorrow. A server that cannot be reached, or is waiting for a decision about its certificate, says
 * nothing against the token, and gets none.
 *
 * @throws SignInFailed `wrong-mailbox` or `server-refused`; or the signal's reason
 */
export async function tryToken(
  account: AccountConfiguration,
  token: string,
  context: TryContext,
  signal: AbortSignal,
): Promise<void> {
  const user = ownSignIn(account)?.user ?? '';
  for (const { name, protocol, server, address = server, port, tls } of account.relays) {
    const target = {
      ...{ relay: name, account: account.name, server, address, port, tls },
      dialect: dialects[protocol],
      tlsContext: () => context.tlsContext(name),
    };
    let taken: TokenTaken;
    try {
      const attempt = { ...context, trace: () => undefined };
      const { verified, lines } = await connectUpstream(target, attempt, signal);
      const deadline = startDeadline(context.connectTimeoutMilliseconds, server, signal);
      try {
        taken = await signInByToken[protocol]({ lines, server, port, user, token, signal: deadline.signal });
      } finally {
        deadline.clear();
        verified.socket.destroy();
      }
    } catch {
      signal.throwIfAborted();
      continue;
    }
    if (taken.kind === 'not-offered') {
      throw new SignInFailed('server-refused', `${server} offers no sign-in by a token on port ${port}.`);
    }
    if (taken.kind === 'refused') throw refusedBy(taken.reply, server);
  }
}

function refusedBy(reply: string, server: string): SignInFailed {
  if (/authenticated but not connected/i.test(reply)) return new SignInFailed('wrong-mailbox');
  const finding = signInFinding(reply, server);
  if (aboutTheToken.includes(finding.code)) return new SignInFailed('wrong-mailbox');
  return new SignInFailed('server-refused', new Refused('upstream-sign-in-failed', finding, { server }).message);
}
