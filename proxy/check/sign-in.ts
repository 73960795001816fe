import type { Protocol } from '../contract/index.ts';
import { ourName } from '../dialects/words.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, count, type DoneStep, SignInFailed } from './outcome.ts';
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
    ...{ host: place.address, port: place.port },
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
    const { authenticationFailed, serverResponseCode, responseText, message } = error as Partial<
      Record<string, string>
    >;
    const reply = `${serverResponseCode ? `[${serverResponseCode}] ` : ''}${responseText ?? message ?? ''}`;
    // UNAVAILABLE is "not now" (RFC 5530 §3), the answer that Postern itself gives when the server fails, by its name.
    throw authenticationFailed && !reply.startsWith(`[UNAVAILABLE] ${ourName}`)
      ? new SignInFailed(true, reply)
      : new SignInFailed(false);
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
  const transport = createTransport({
    ...{ host: place.address, port: place.port },
    secure: false,
    ignoreTLS: true,
    forceAuth: true,
    auth: { user, pass: password },
  });
  try {
    await transport.verify();
  } catch (error) {
    const { code, response = '' } = error as { code?: string; response?: string };
    // 454 is "not now" (RFC 4954 §6), the answer that Postern itself gives when the server fails, by its name.
    throw code === 'EAUTH' && !new RegExp(`^454 4\\.7\\.0 ${ourName}`).test(response)
      ? new SignInFailed(true, response)
      : new SignInFailed(false);
  } finally {
    transport.close();
  }
  yield { step: 'sign-in', message: 'Signed in. No message was sent.' };
}
