import { readArguments } from './arguments.ts';
import { type Command, CommandProblem } from './command.ts';
import { withRunningCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern window: prints a new link to the window of the running Postern.',
    '',
    'Usage: postern window [--data-dir FOLDER]',
    '',
    'A link opens the window once, in one browser. Give it to nobody.',
  ],
  async run({ args, output }) {
    const { values } = readArguments(args, {});
    return withRunningCore(values['data-dir'], async (core) => {
      const link = await core.windowLink();
      if (link === null) throw new CommandProblem('That Postern was started without a window (--no-window).');
      output.lines(link);
      return 0;
    });
  },
};
