import type SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { ourName } from '../dialects/words.ts';
import { authenticate, type Outcome, type SaslProfile } from '../sasl/exchange.ts';
import { login, plain } from '../sasl/mechanism.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, type DoneStep, MailboxRefused, SignInFailed } from './outcome.ts';

type Step = SMTPConnection.CustomAuthenticationContext;

/** A whole conversation takes less; the check's own deadline comes first. */
const maxSilenceMilliseconds = 15 * 60_000;

/** The results of a conversation so far. */
interface Said {
  signedIn: boolean;
  /** The server's last reply, where it was a refusal. */
  refusal: string | null;
  sender: 'accepted' | 'not-tried';
}

export async function* signInBySmtp(
  { address, port }: ListenerPlace,
  credentials: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  const { createTransport } = await import('nodemailer');
  let accepted = () => {};
  const signedIn = new Promise<null>((resolve) => {
    accepted = () => resolve(null);
  });
  const said: Said = { signedIn: false, refusal: null, sender: 'not-tried' };
  const transport = createTransport({
    ...{ host: address, port, secure: false, ignoreTLS: true, forceAuth: true },
    ...{ greetingTimeout: maxSilenceMilliseconds, socketTimeout: maxSilenceMilliseconds },
    // A handler of our own: the library would quit after the sign-in, before naming a sender.
    auth: { type: 'custom', method: 'OLD-PROGRAM', user: credentials.user, pass: credentials.password },
    customAuth: { 'old-program': (step: Step) => converse(step, credentials, said, accepted) },
  });
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const end = transport.verify().then(
    () => null,
    (error: unknown) => error,
  );
  try {
    await Promise.race([signedIn, end, stopped]).catch(() => null);
    if (!said.signedIn) {
      // 454 and 534 are "not now" and "not like this" (RFC 4954 §6), which Postern itself answers, under its own name.
      const ours = new RegExp(`^(?:(?:454|421) 4\\.7\\.0|534 5\\.7\\.9) ${ourName}`).test(said.refusal ?? '');
      throw said.refusal !== null && !ours ? new SignInFailed(true, said.refusal) : new SignInFailed(false);
    }
    yield { step: 'sign-in', message: 'Signed in. No message was sent.' };
    const error = await Promise.race([end, stopped]).catch((reason: unknown) => reason);
    if (said.refusal !== null) throw new MailboxRefused(said.refusal);
    if (error !== null) throw error;
    if (said.sender === 'accepted') yield { step: 'mailbox', message: `Mail from ${credentials.user} is taken.` };
  } finally {
    transport.close();
  }
}

/** EHLO is done. Signs in by LOGIN, which old programs know, or by PLAIN; then names a sender and withdraws it. */
async function converse(step: Step, { user, password }: Credentials, said: Said, accepted: () => void): Promise<void> {
  const say = async (command: string, expected: number) => {
    const { status, response } = await step.sendCommand(command);
    if (status === expected) return;
    said.refusal = response;
    throw new Error('refused');
  };
  const offered = new Set(step.authMethods.map((method) => method.toUpperCase()));
  const client = offered.has('LOGIN') ? login(user, password) : plain(user, password);
  const ended = await authenticate(client, profileOf(step));
  if (ended.kind !== 'accepted') {
    if ('response' in ended) said.refusal = ended.response;
    throw new Error('refused');
  }
  said.signedIn = true;
  accepted();
  // A user name that is not an address cannot be a sender.
  if (/^[^\s<>@]+@[^\s<>@]+$/.test(user)) {
    await say(`MAIL FROM:<${user}>`, 250);
    said.sender = 'accepted';
    await say('RSET', 250);
  }
  step.resolve();
}

/** SMTP's profile of SASL (RFC 4954 §4). */
function profileOf(step: Step): SaslProfile<Outcome & { response: string }> {
  const turn = async (command: string) => {
    const { status, response } = await step.sendCommand(command);
    if (status === 334) return { kind: 'challenge', data: Buffer.from(response.slice(4), 'base64') } as const;
    return { kind: status === 235 ? 'accepted' : 'refused', response } as const;
  };
  return {
    takesInitial: () => true,
    begin: (mechanism, initial) =>
      turn(['AUTH', mechanism, ...(initial ? [initial.toString('base64')] : [])].join(' ')),
    respond: (response) => turn(response?.toString('base64') ?? '*'),
  };
}
