import net from 'node:net';
import { type LdapAnswer, readAnswer, wordsOf } from '../dialects/ldap/answers.ts';
import { replyOf } from '../dialects/ldap/talk.ts';
import { ourName } from '../dialects/words.ts';
import { LineChannel } from '../net/line-channel.ts';
import { code, op } from '../protocols/ldap-operations.ts';
import { rootEntrySearch, simpleBind, unbindRequest } from '../protocols/ldap-writer.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, type DoneStep, MailboxRefused, SignInFailed } from './outcome.ts';

/** The few LDAP requests that a check needs (RFC 4511). */
export async function* signInByLdap(
  { address, port }: ListenerPlace,
  { user, password }: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  // A name without a password is no sign-in, and some directories accept it as none (RFC 4513 §5.1.2).
  if (password === '') throw new SignInFailed(true);
  const socket = net.connect({ host: address, port });
  const lines = new LineChannel(socket);
  const next = () => readAnswer(lines, address, signal);
  try {
    await lines.write(simpleBind(1, user, password), signal);
    const bound = await next().catch(() => null);
    const value = bound?.result?.code;
    if (!bound || value !== code.success) {
      const byServer = bound !== null && value !== undefined && bound.head.id === 1 && !isOurs(bound);
      throw byServer ? new SignInFailed(true, replyOf(value, wordsOf(bound))) : new SignInFailed(false);
    }
    yield { step: 'sign-in', message: 'Signed in.' };
    await lines.write(rootEntrySearch(2, '1.1'), signal);
    let answer = await next();
    // The notice of disconnection has no request; any other message belongs to this one.
    while (answer.head.op.tag !== op.searchResultDone && answer.head.id !== 0) answer = await next();
    if (answer.result?.code !== code.success) throw new MailboxRefused(whyRefused(answer));
    yield { step: 'mailbox', message: 'The directory answers.' };
    await lines.write(unbindRequest(3), signal);
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    socket.destroy();
  }
}

/**
 * Why a search failed, in words that the table of replies has; our own words, and a notice of disconnection, unchanged.
 */
function whyRefused(answer: LdapAnswer): string {
  const value = answer.head.op.tag === op.searchResultDone ? answer.result?.code : undefined;
  return value === undefined || isOurs(answer) ? wordsOf(answer) : replyOf(value, wordsOf(answer));
}

function isOurs(answer: LdapAnswer): boolean {
  return wordsOf(answer).startsWith(ourName);
}
