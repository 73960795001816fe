import type { Conversation } from './conversation.ts';
import type { SignInOutcome } from './dialect.ts';
import type { Answer, Command } from './grammar.ts';
import { vainSignIn } from './refused-sign-in.ts';
import { refusalWords } from './words.ts';

/**
 * One way to sign in: takes over from the command that begins a sign-in until the server's last word about it.
 *
 * @returns `splice` once the server has accepted; null when the program may try again
 */
export type SignInStrategy<C extends Command> = (
  conversation: Conversation<C>,
  command: C,
) => Promise<SignInOutcome | null>;

/** Passes on what the mail program sends, challenge by challenge, and keeps none of it. */
export async function passOnCredentials<C extends Command>(
  conversation: Conversation<C>,
  command: C,
): Promise<SignInOutcome | null> {
  const { grammar, talk } = conversation;
  let answer: Answer = await talk.ask(command);
  while (answer.kind === 'challenge') {
    await conversation.passOn(answer);
    const turn = await conversation.credentials(command);
    if ('kind' in turn) {
      answer = turn;
    } else if (turn.credentials) {
      answer = await talk.respond(command, turn.credentials);
    } else {
      // The server is still waiting: it is told that nothing will come.
      const said = await talk.respond(command, null);
      if (said.kind !== 'closed') return conversation.decline(grammar.decline(command, 'bad-credentials'));
      answer = said;
    }
  }
  if (answer.kind === 'accepted') {
    await conversation.passOn(answer);
    conversation.failed = null;
    return 'splice';
  }
  return tellOfVain(conversation, command, answer);
}

/**
 * Tells the mail program that its sign-in failed, and notes why.
 *
 * @param command what the server answered: the sign-in, or the first half of it
 */
export async function tellOfVain<C extends Command>(
  conversation: Conversation<C>,
  command: C,
  answer: Extract<Answer, { kind: 'refused' | 'closed' }>,
): Promise<SignInOutcome | null> {
  const { grammar, talk, step } = conversation;
  if (answer.reply !== undefined || (answer.kind === 'closed' && answer.goodBye !== undefined)) {
    // A server that has said goodbye is sent nothing more.
    const inVain = answer.reply !== undefined && !command.token && (await talk.takesTokensAlone());
    const way = command.token ? 'token' : inVain ? 'password-in-vain' : 'password';
    const failed = vainSignIn(step.server, answer, way);
    conversation.failed = failed;
    if (answer.kind === 'closed' || failed.reason === 'oauth-only') conversation.noteFailed();
    // The server's words would make an old program discard a valid password.
    if (answer.kind === 'refused' && failed.reason === 'oauth-only')
      return conversation.decline(grammar.tokensAlone(command, refusalWords(failed, step.commandOptions)));
  }
  await conversation.passOn(answer);
  return answer.kind === 'closed' ? 'closed' : conversation.counted(answer.counts);
}
