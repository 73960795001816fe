import type { Protocol } from '../contract/index.ts';
import type { ListenerPlace } from './greeting.ts';
import { signInByImap } from './imap-client.ts';
import { signInByLdap } from './ldap-client.ts';
import { signInByNntp } from './nntp-client.ts';
import type { Credentials, DoneStep } from './outcome.ts';
import { signInByPop3 } from './pop3-client.ts';
import { signInBySmtp } from './smtp-client.ts';

/**
 * Signs in as an old mail program would, over our own plaintext listener, and does what such a program does next: opens the
 * inbox, counts its messages, names a sender, asks whether it may post, or looks something up. Nothing is sent, fetched or changed.
 *
 * @param signal ends the conversation at once
 * @throws {SignInFailed}, {MailboxRefused}; anything else means that the conversation broke after the sign-in
 */
type SignIn = (
  place: ListenerPlace,
  credentials: Credentials,
  signal: AbortSignal,
) => AsyncGenerator<DoneStep, void, void>;

export const signIns: Record<Protocol, SignIn> = {
  imap: signInByImap,
  smtp: signInBySmtp,
  pop3: signInByPop3,
  nntp: signInByNntp,
  ldap: signInByLdap,
};
