import net from 'node:net';
import { LineChannel } from '../net/line-channel.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, count, type DoneStep, SignInFailed } from './outcome.ts';

/** A POP3 reply line has at most 512 octets (RFC 2449 §4). */
const maxLineLength = 2048;
const patienceMilliseconds = 10 * 60_000;

/** The few POP3 commands that a check needs (RFC 1939): no maintained library speaks POP3 without TLS options of its own. */
export async function* signInByPop3(place: ListenerPlace, { user, password }: Credentials): AsyncGenerator<DoneStep> {
  if (/[\r\n\0]/.test(user + password)) throw new SignInFailed(true);
  const socket = net.connect({ host: place.address, port: place.port });
  const signal = AbortSignal.timeout(patienceMilliseconds);
  const lines = new LineChannel(socket);
  const say = async (command: string | null) => {
    if (command !== null) await lines.write(`${command}\r\n`, signal);
    return (await lines.readLine(maxLineLength, signal)).bytes.toString('latin1');
  };
  const broke = new SignInFailed(false);
  try {
    const hello = await say(null).catch(() => '');
    if (!hello.startsWith('+OK')) throw broke;
    for (const command of [`USER ${user}`, `PASS ${password}`]) {
      const answer = await say(command).catch(() => '');
      if (answer.startsWith('+OK')) continue;
      throw answer.startsWith('-ERR') && !/^-ERR \[SYS\/TEMP\] Postern/.test(answer)
        ? new SignInFailed(true, answer)
        : broke;
    }
    yield { step: 'sign-in', message: 'Signed in.' };
    const [, messages] = /^\+OK (\d+)/.exec(await say('STAT').catch(() => '')) ?? [];
    if (messages !== undefined) yield { step: 'mailbox', message: `The mailbox holds ${count(Number(messages))}.` };
    await say('QUIT').catch(() => '');
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    socket.destroy();
  }
}
