import type {
  CommandFailure,
  CommandInput,
  CommandName,
  CommandOutputs,
  PosternApi,
  Snapshot,
} from '../../proxy/contract/index.ts';
import { CommandProblem } from './command.ts';

/** The whole current state. @throws {CommandProblem} when the core ends before it can answer. */
export function readSnapshot(api: PosternApi): Promise<Snapshot> {
  return new Promise((resolve, reject) => {
    const done = api.subscribe((message) => {
      if (message.kind === 'snapshot') resolve(message.snapshot);
      else if (message.kind === 'core') reject(new CommandProblem('Postern ended before it could answer.'));
      else return;
      // The first message may be delivered before `subscribe` has returned.
      queueMicrotask(() => done());
    });
  });
}

/** Runs a command and returns its output. @throws {CommandProblem} an expected failure, in the core's words. */
export async function runCommand<C extends CommandName>(
  api: PosternApi,
  name: C,
  input: CommandInput<C>,
): Promise<CommandOutputs[C]> {
  const result = await api.command(name, input);
  if (!result.ok) throw new CommandProblem(await failureText(api, result.failure));
  return result.value;
}

/** Why a command failed, with the command that has to come first, if there is one. */
export async function failureText(api: PosternApi, { message, first }: CommandFailure): Promise<string> {
  if (first === undefined) return message;
  const { commandOptions = '' } = (await readSnapshot(api)).tables.core.core ?? {};
  return `${message} The command for it: postern ${first}${commandOptions}`;
}
