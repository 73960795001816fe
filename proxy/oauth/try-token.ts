import { type AccountConfiguration, ownSignIn } from '../contract/index.ts';
import { dialects } from '../dialects/index.ts';
import type { OwnClient } from '../dialects/own-client.ts';
import { signInUpstream } from '../dialects/sign-in-upstream.ts';
import { type OwnSignInRefused, signInRefusal } from '../gate/sign-in-refusal.ts';
import { startDeadline } from '../net/deadline.ts';
import type { Credential } from '../sasl/choice.ts';
import { type AttemptContext, connectUpstream } from '../session/connect-upstream.ts';
import type { TlsContext } from '../trust/tls/secure-upstream.ts';
import { ConsentFailed } from './failures.ts';

/** What is needed to try servers, as a session would. */
export interface TryContext extends Omit<AttemptContext, 'trace'> {
  tlsContext(relay: string): TlsContext;
}

/**
 * Signs in once over each relay of an account with a token just obtained: the wrong mailbox is found now, and not by
 * the mail program tomorrow. A server that cannot be reached, or is waiting for a decision about its certificate, says
 * nothing against the token, and gets none.
 *
 * @throws ConsentFailed `wrong-mailbox` or `server-refused`; or the signal's reason
 */
export async function tryToken(
  account: AccountConfiguration,
  token: string,
  context: TryContext,
  signal: AbortSignal,
): Promise<void> {
  const credential = { kind: 'token', user: ownSignIn(account)?.user ?? '', token } as const;
  const { connectTimeoutMilliseconds } = context;
  for (const { name, protocol, server, address = server, port, tls } of account.relays) {
    const dialect = dialects[protocol];
    const target = {
      ...{ relay: name, account: account.name, server, address, port, tls, dialect, own: true },
      tlsContext: () => context.tlsContext(name),
    };
    let refused: OwnSignInRefused | null;
    try {
      const attempt = { ...context, trace: () => undefined };
      const { verified, lines, greeting } = await connectUpstream(target, attempt, signal);
      const deadline = startDeadline(connectTimeoutMilliseconds, server, signal);
      try {
        const alone = { upstream: lines, server, signal: deadline.signal };
        const client = dialect.ownClient(
          { ...alone, replyMilliseconds: connectTimeoutMilliseconds },
          greeting.knowledge,
        );
        refused = await tryAt(client, credential, { server, port });
      } finally {
        deadline.clear();
        verified.socket.destroy();
      }
    } catch {
      signal.throwIfAborted();
      continue;
    }
    if (refused?.ofCredential) throw new ConsentFailed('wrong-mailbox');
    if (refused) throw new ConsentFailed('server-refused', refused.refused.message);
  }
}

/** Signs in, and looks into the mailbox: some servers accept anybody's token, and then refuse the mailbox. */
async function tryAt(
  client: OwnClient,
  credential: Credential,
  place: { server: string; port: number },
): Promise<OwnSignInRefused | null> {
  const signedIn = await signInUpstream(client, credential, place);
  if (!('accepted' in signedIn)) return signedIn;
  const opened = await client.openMailbox();
  if (opened?.kind === 'refused' && opened.reply !== undefined) return ofMailbox(opened.reply, place.server);
  await client.quit().catch(() => undefined);
  return null;
}

function ofMailbox(reply: string, server: string): OwnSignInRefused {
  const refused = signInRefusal(server, reply, 'token');
  // Microsoft’s words for the token of another mailbox.
  return /authenticated but not connected/i.test(reply) ? { ...refused, ofCredential: true } : refused;
}
