import { ourName } from '../dialects/words.ts';
import { argumentsOf } from '../protocols/capability-lines.ts';
import type { ListenerPlace } from './greeting.ts';
import { LineConversation } from './line-conversation.ts';
import type { Credentials, DoneStep } from './outcome.ts';

/** More capabilities than any server has. */
const maxCapabilities = 200;

const refusedByServer = (answer: string) => /^[45]/.test(answer) && !answer.slice(4).startsWith(ourName);

/** The few NNTP commands that a check needs (RFC 3977, RFC 4643). */
export async function* signInByNntp(
  place: ListenerPlace,
  credentials: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  const server = new LineConversation(place, credentials, signal);
  try {
    await server.expect(server.line(), /^20[01]/);
    const named = await server.say(`AUTHINFO USER ${credentials.user}`).catch(() => '');
    // 381 asks for the password; 281 is a sign-in without one.
    const answer = /^381/.test(named) ? server.say(`AUTHINFO PASS ${credentials.password}`) : Promise.resolve(named);
    await server.expect(answer, /^281/, refusedByServer);
    yield { step: 'sign-in', message: 'Signed in.' };
    if (/^101/.test(await server.say('CAPABILITIES'))) {
      const list: Buffer[] = [];
      for (let line = await server.line(); line !== '.' && list.length < maxCapabilities; line = await server.line()) {
        list.push(Buffer.from(line));
      }
      const may = argumentsOf(list, 'POST') ? 'read and posted' : 'read, but not posted';
      yield { step: 'mailbox', message: `Articles may be ${may}.` };
    }
    await server.say('QUIT');
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    server.close();
  }
}
