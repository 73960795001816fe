import net from 'node:net';
import { ourName } from '../dialects/words.ts';
import { LineChannel } from '../net/line-channel.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, count, type DoneStep, MailboxRefused, SignInFailed } from './outcome.ts';

/** A POP3 reply line has at most 512 octets (RFC 2449 §4). */
const maxLineLength = 2048;

/** The few POP3 commands that a check needs (RFC 1939): no maintained library speaks POP3 without TLS options of its own. */
export async function* signInByPop3(
  { address, port }: ListenerPlace,
  { user, password }: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  if (/[\r\n\0]/.test(user + password)) throw new SignInFailed(true);
  const socket = net.connect({ host: address, port });
  const lines = new LineChannel(socket);
  const say = async (command: string | null) => {
    if (command !== null) await lines.write(Buffer.from(`${command}\r\n`, 'utf8'), signal);
    return (await lines.readLine(maxLineLength, signal)).bytes.toString('latin1');
  };
  try {
    const hello = await say(null).catch(() => '');
    if (!/^\+OK/i.test(hello)) throw new SignInFailed(false);
    for (const command of [`USER ${user}`, `PASS ${password}`]) {
      const answer = await say(command).catch(() => '');
      if (/^\+OK/i.test(answer)) continue;
      const ours = new RegExp(`^-ERR \\[SYS/(?:TEMP|PERM)\\] ${ourName}`).test(answer);
      const byServer = /^[-+]ERR/i.test(answer) && !ours;
      throw byServer ? new SignInFailed(true, answer) : new SignInFailed(false);
    }
    yield { step: 'sign-in', message: 'Signed in.' };
    const answer = await say('STAT');
    if (/^[-+]ERR/i.test(answer)) throw new MailboxRefused(answer);
    const [, messages] = /^\+OK (\d+)/i.exec(answer) ?? [];
    if (messages === undefined) throw new Error('an answer that says nothing');
    yield { step: 'mailbox', message: `The mailbox holds ${count(Number(messages))}.` };
    await say('QUIT');
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    socket.destroy();
  }
}
