import { dataDirectoryPath, isThere } from '../../proxy/config/data-directory.ts';
import type { PosternApi } from '../../proxy/contract/index.ts';
import type { CoreClient } from '../http/client.ts';
import { type CommandContext, CommandProblem, type ExitCode } from './command.ts';
import { commandOptions } from './command-options.ts';

/**
 * Uses the running core.
 *
 * @param chosen what `--data-dir` says
 * @throws {NoCore} none runs, or {CoreUnreachable}
 */
export async function withRunningCore(
  chosen: string | undefined,
  work: (core: CoreClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { connectCore } = await import('../http/client.ts');
  const core = await connectCore(await dataDirectoryPath(chosen), commandOptions(chosen));
  try {
    return await work(core);
  } finally {
    core.close();
  }
}

/**
 * Uses the running core, or starts one for the duration of the work.
 *
 * @param work learns which it is
 * @param started `holds`: whether one that is started holds sessions until certificates are decided about
 */
export async function withCore<T>(
  dataDirectory: string,
  context: CommandContext,
  work: (api: PosternApi, runs: boolean) => Promise<T>,
  started: { holds: boolean } = { holds: true },
): Promise<T> {
  const { connectCore, NoCore } = await import('../http/client.ts');
  const running = await connectCore(dataDirectory).catch((error: unknown) => {
    if (error instanceof NoCore) return null;
    throw error;
  });
  if (running) {
    try {
      return await work(running, !running.brief);
    } finally {
      running.close();
    }
  }
  const { startHeadless } = await import('../headless.ts');
  const core = await startHeadless({
    dataDirectory,
    version: context.version,
    windowDirectory: null,
    holds: started.holds,
    brief: true,
    waits: (pid) => context.output.complain(waitsFor(pid)),
    emit: () => undefined,
  });
  try {
    return await work(core.api, false);
  } finally {
    await core.stop(0);
  }
}

/**
 * Like `withCore`, for read-only work: creates no data directory.
 *
 * @throws {CommandProblem} there is none
 * @throws {UnusableDirectory} it cannot be seen, such as one below another user's home folder
 */
export async function withExistingCore<T>(
  dataDirectory: string,
  context: CommandContext,
  work: (api: PosternApi, runs: boolean) => Promise<T>,
  started?: { holds: boolean },
): Promise<T> {
  if (!(await isThere(dataDirectory))) {
    throw new CommandProblem(
      `There is no folder ${dataDirectory}, so Postern keeps nothing there. "postern run${commandOptions(dataDirectory)}" makes it.`,
    );
  }
  return withCore(dataDirectory, context, work, started);
}

/** What is said while a command (its process) has the data directory for a while. */
export function waitsFor(pid: number): string {
  return `Another command of Postern (process ${pid}) uses this data directory. This one begins when that has ended.`;
}
