import type { CommandInput, CommandName, CommandOutputs, PosternApi, Snapshot } from '../../proxy/contract/index.ts';
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
  if (!result.ok) throw new CommandProblem(result.failure.message);
  return result.value;
}
