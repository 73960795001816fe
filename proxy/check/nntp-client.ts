import net from 'node:net';
import { ourName } from '../dialects/words.ts';
import { LineChannel } from '../net/line-channel.ts';
import { offeredByCapabilities } from '../protocols/nntp-capabilities.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, type DoneStep, SignInFailed } from './outcome.ts';

/** A reply line has at most 512 octets (RFC 3977 §3.1); some lists have longer ones. */
const maxLineLength = 2048;
/** More capabilities than any server has. */
const maxCapabilities = 200;

/** The few NNTP commands that a check needs (RFC 3977, RFC 4643). */
export async function* signInByNntp(
  { address, port }: ListenerPlace,
  { user, password }: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  if (/[\r\n\0]/.test(user + password)) throw new SignInFailed(true);
  const socket = net.connect({ host: address, port });
  const lines = new LineChannel(socket);
  const read = async () => (await lines.readLine(maxLineLength, signal)).bytes.toString('latin1');
  const say = async (command: string) => {
    await lines.write(Buffer.from(`${command}\r\n`, 'utf8'), signal);
    return read();
  };
  try {
    const hello = await read().catch(() => '');
    if (!/^20[01]/.test(hello)) throw new SignInFailed(false);
    let answer = await say(`AUTHINFO USER ${user}`).catch(() => '');
    if (/^381/.test(answer)) answer = await say(`AUTHINFO PASS ${password}`).catch(() => '');
    if (!/^281/.test(answer)) {
      const byServer = /^[45]/.test(answer) && !answer.slice(4).startsWith(ourName);
      throw byServer ? new SignInFailed(true, answer) : new SignInFailed(false);
    }
    yield { step: 'sign-in', message: 'Signed in.' };
    if (/^101/.test(await say('CAPABILITIES'))) {
      const list: Buffer[] = [];
      for (let line = await read(); line !== '.' && list.length < maxCapabilities; line = await read()) {
        list.push(Buffer.from(line));
      }
      const may = offeredByCapabilities(list).posting ? 'read and posted' : 'read, but not posted';
      yield { step: 'mailbox', message: `Articles may be ${may}.` };
    }
    await say('QUIT');
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    socket.destroy();
  }
}
