import type { Protocol } from '../contract/index.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, count, type DoneStep, notAccepted, SignInFailed } from './outcome.ts';
import { signInByPop3 } from './pop3-client.ts';

/** Signs in with the library that mail programs of today use, over our own plaintext listener. */
export const signIns: Record<Protocol, (place: ListenerPlace, credentials: Credentials) => AsyncGenerator<DoneStep>> = {
  imap: signInByImap,
  smtp: signInBySmtp,
  pop3: signInByPop3,
};

async function* signInByImap(place: ListenerPlace, { user, password }: Credentials): AsyncGenerator<DoneStep> {
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({
    ...place,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
  });
  client.on('error', () => {
    // The pending call rejects with the same cause.
  });
  try {
    await client.connect();
  } catch (error) {
    const { authenticationFailed, serverResponseCode } = error as Partial<Record<string, unknown>>;
    // UNAVAILABLE is "not now" (RFC 5530 §3), the answer that Postern itself gives when the server fails.
    throw authenticationFailed && serverResponseCode !== 'UNAVAILABLE'
      ? new SignInFailed(true, notAccepted)
      : new SignInFailed(false, 'The connection broke during the sign-in.');
  }
  try {
    yield { step: 'sign-in', message: 'Signed in.' };
    const inbox = await client.status('INBOX', { messages: true }).catch(() => null);
    if (inbox) yield { step: 'mailbox', message: `The inbox holds ${count(inbox.messages ?? 0)}.` };
    await client.logout();
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    client.close();
  }
}

async function* signInBySmtp(place: ListenerPlace, { user, password }: Credentials): AsyncGenerator<DoneStep> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({ ...place, secure: false, ignoreTLS: true, auth: { user, pass: password } });
  try {
    await transport.verify();
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    // 454 is "not now" (RFC 4954 §6), the answer that Postern itself gives when the server fails.
    throw code === 'EAUTH' && responseCode !== 454
      ? new SignInFailed(true, notAccepted)
      : new SignInFailed(false, 'The connection broke during the sign-in.');
  } finally {
    transport.close();
  }
  yield { step: 'sign-in', message: 'Signed in. No message was sent.' };
}
