import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import { readArguments } from './arguments.ts';
import { type Command, CommandProblem, UsageError } from './command.ts';
import { writeNewFile } from './new-file.ts';
import { withExistingCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern diagnostics: collects what someone helping you needs to know, in one ZIP file.',
    '',
    'Usage: postern diagnostics FILE.zip [--data-dir FOLDER]',
    '',
    'Versions, configuration, state, refusals and the end of the log, as plain text: read it before you send it.',
    'It contains no passwords, and user names are masked. An existing file is not overwritten.',
  ],
  async run(context) {
    const { args, output } = context;
    const { values, words } = readArguments(args, {}, 1);
    const [file] = words;
    if (file === undefined) throw new UsageError('Say where to put it: postern diagnostics FILE.zip');
    const dataDirectory = await dataDirectoryPath(values['data-dir']);
    const { zip, contents } = await withExistingCore(dataDirectory, context, async (api) => {
      const result = await api.command('diagnostics', {});
      if (!result.ok) throw new CommandProblem(result.failure.message);
      return result.value;
    });
    await writeNewFile(file, Buffer.from(zip, 'base64'), 0o600);
    output.lines(`${file} holds ${contents.join(', ')}.`, 'It is plain text: read it before you send it to anyone.');
    return 0;
  },
};
