import { issueText } from '../proxy/config/configuration-error.ts';
import { configurationIssues } from '../proxy/config/issues.ts';
import {
  type Change,
  type CommandFailure,
  type CommandName,
  type CommandResult,
  commandInputs,
  type PosternApi,
} from '../proxy/contract/index.ts';
import type { Commands } from '../proxy/index.ts';
import { CommandFailed } from '../proxy/state/command-failed.ts';
import type { StateStore } from '../proxy/state/store.ts';

/** Changes within this time are sent as one message (milliseconds): a window needs no more than 20 a second. */
const gatherFor = 50;

/**
 * Puts the contract's interface in front of a core in this process. Inputs are checked here, whatever their channel and
 * sender.
 *
 * @param onFault called with what a command threw unexpectedly: a bug in Postern.
 */
export function createCoreApi(state: StateStore, commands: Commands, onFault: (error: unknown) => void): PosternApi {
  return {
    subscribe(listener) {
      let gathered: Change[] = [];
      let timer: NodeJS.Timeout | null = null;
      const deliver = () => {
        timer = null;
        const changes = gathered;
        gathered = [];
        listener({ kind: 'changes', changes });
      };
      const unsubscribe = state.subscribe((change) => {
        gathered.push(change);
        timer ??= setTimeout(deliver, gatherFor).unref();
      });
      listener({ kind: 'snapshot', snapshot: state.snapshot() });
      return () => {
        unsubscribe();
        if (timer) clearTimeout(timer);
      };
    },
    async command(name, input, progress) {
      const checked = commandInputs[name].safeParse(input);
      if (!checked.success) {
        const issues = configurationIssues(input, checked.error).map(issueText);
        return failure('bad-input', issues.join('\n'));
      }
      try {
        const run = commands[name] as unknown as (input: unknown, progress: unknown) => Promise<never>;
        return { ok: true, value: await run(checked.data, progress) };
      } catch (error) {
        if (error instanceof CommandFailed) return failure(error.code, error.message, error);
        onFault(error);
        return failure('failed', 'Postern could not do this because of a mistake of its own; its log has more.');
      }
    },
  };
}

function failure<C extends CommandName>(
  code: CommandFailure['code'],
  message: string,
  { reason, first }: Partial<Pick<CommandFailed, 'reason' | 'first'>> = {},
): CommandResult<C> {
  const more = { ...(reason === undefined ? {} : { reason }), ...(first === undefined ? {} : { first }) };
  return { ok: false, failure: { code, message, ...more } };
}
