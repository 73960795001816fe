import { type ForgottenWith, isSameServer } from '../../contract/index.ts';
import { CommandFailed } from '../../state/command-failed.ts';
import { type DecisionsContext, isKept, type KeptDecisions } from './kept-decisions.ts';
import { isAt, isTrust, type Place, placeOf } from './trust-history.ts';

/** Takes back what was decided or seen: for a person, or because an account has gone. */
export interface Forgetting {
  /**
   * Forgets a decision (ending the sessions that rest on it), a verified server with what was rejected there, or a pending
   * question.
   *
   * @param gone what it is forgotten with, where nobody asked for that alone
   * @throws {CommandFailed} `not-found`; `failed` when it is in force but could not be saved
   */
  forget(id: string, gone?: ForgottenWith): Promise<'decision' | 'server' | 'question'>;
  /**
   * Adjusts to the configured accounts. Decisions made for an account go with it, or to its new name, and nobody is
   * asked about servers that nobody uses.
   *
   * @param servers the servers of every account that is configured now
   * @param gone accounts that are no longer configured
   * @param renamed the new names by the old
   */
  settle(servers: readonly Place[], gone: ReadonlySet<string>, renamed: ReadonlyMap<string, string>): void;
}

export function createForgetting(
  { store, pending, emit }: DecisionsContext,
  { drop, endSessions, idAt, keep, reassess }: KeptDecisions,
): Forgetting {
  const { decisions, servers, questions } = store;
  return {
    async forget(id, gone) {
      const decision = decisions.get(id);
      if (decision) {
        drop(decision, 'forgotten', gone);
        reassess(placeOf(decision));
        endSessions('decision-forgotten', decision);
        if (isKept(decision)) await keep('trust');
        else if (!isTrust(decision)) await keep('rejection');
        return 'decision';
      }
      const server = servers.get(id);
      if (server) {
        servers.remove(id, 'now');
        // What was rejected in an alarm was rejected for what was known of the server; a new server has no decisions.
        const rejected = decisions.all().filter((row) => isSameServer(placeOf(server), row) && !isTrust(row));
        for (const row of rejected) drop(row, 'forgotten', gone);
        reassess(placeOf(server));
        await keep('server');
        return 'server';
      }
      const question = questions.get(id);
      if (!question) throw new CommandFailed('not-found', 'There is no decision, server or question with this id.');
      const { account, host } = question;
      const event = { event: 'certificate-decided', id, decision: 'forgotten', account, host } as const;
      emit({ ...event, of: 'question', ...(gone && { with: gone }) });
      questions.remove(id, 'now');
      pending.settle(id, 'undecided');
      await keep('question');
      return 'question';
    },
    settle(servers, gone, renamed) {
      const moved = decisions.all().filter((row) => gone.has(row.account) || renamed.has(row.account));
      for (const row of moved) {
        const account = renamed.get(row.account);
        if (account !== undefined) {
          decisions.remove(row.id, 'soon');
          const id = idAt({ ...placeOf(row), account }, row);
          decisions.set({ ...row, id, account }, 'soon');
        } else drop(row, 'forgotten', 'account');
      }
      // Not awaited; a failure shows as a warning in the state.
      if (moved.some(isKept)) void store.flushWithdrawal();
      for (const row of questions.all().filter((question) => !servers.some((place) => isAt(place, question)))) {
        questions.remove(row.id, 'soon');
        pending.settle(row.id, 'undecided');
      }
    },
  };
}
