import { ourName } from '../dialects/words.ts';
import type { ListenerPlace } from './greeting.ts';
import { LineConversation } from './line-conversation.ts';
import { type Credentials, count, type DoneStep, MailboxRefused } from './outcome.ts';

const refusal = /^[-+]ERR/i;
const ours = new RegExp(`^-ERR \\[SYS/(?:TEMP|PERM)\\] ${ourName}`);

/** The few POP3 commands that a check needs (RFC 1939). */
export async function* signInByPop3(
  place: ListenerPlace,
  credentials: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  const server = new LineConversation(place, credentials, signal);
  try {
    await server.expect(server.line(), /^\+OK/i);
    for (const command of [`USER ${credentials.user}`, `PASS ${credentials.password}`]) {
      await server.expect(server.say(command), /^\+OK/i, (answer) => refusal.test(answer) && !ours.test(answer));
    }
    yield { step: 'sign-in', message: 'Signed in.' };
    const answer = await server.say('STAT');
    if (refusal.test(answer)) throw new MailboxRefused(answer);
    const [, messages] = /^\+OK (\d+)/i.exec(answer) ?? [];
    if (messages === undefined) throw new Error('an answer that says nothing');
    yield { step: 'mailbox', message: `The mailbox holds ${count(Number(messages))}.` };
    await server.say('QUIT');
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    server.close();
  }
}
