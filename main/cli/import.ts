import { resolve } from 'node:path';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import { importText } from '../../proxy/config/imports/import-text.ts';
import { mergeImport } from '../../proxy/config/imports/imported.ts';
import { withUsableFiles } from '../../proxy/config/imports/usable-files.ts';
import { checkConfiguration } from '../../proxy/config/load.ts';
import { readTextFile } from '../../proxy/config/text-file.ts';
import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { importLines, nextLines } from './import-lines.ts';
import { runCommand } from './running-core.ts';
import { withCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern import: imports accounts from another program, and says what it cannot import.',
    '',
    'Usage: postern import FILE [--yes] [--json] [--data-dir FOLDER]',
    '',
    '  FILE     a client configuration of stunnel, or the emailproxy.config of Email OAuth 2.0 Proxy',
    '  --yes    add them without asking',
    '  --json   ask nothing, and say everything in one line of JSON; --yes to add',
    '',
    'FILE is read and never changed. It asks before it writes anything. Exit code 0 if accounts were added, 1 if not,',
    '2 for a file that cannot be understood.',
  ],
  async run(context) {
    const { args, output, terminal } = context;
    const { values, words } = readArguments(args, { json: { type: 'boolean' }, yes: { type: 'boolean' } }, 1);
    if (words[0] === undefined) throw new UsageError('"import" needs a file.');
    const json = values.json === true;
    const file = resolve(words[0]);
    const text = await readTextFile(file);
    if (text === null) throw new UsageError(`There is no file ${file}.`);
    const imported = await withUsableFiles(importText(text, file), file);
    return withCore(await dataDirectoryPath(values['data-dir']), context, async (api, runs) => {
      const merged = mergeImport(await runCommand(api, 'configuration', {}), imported);
      checkConfiguration(merged.configuration, file);
      const { added, addedAuthorities, notes } = merged;
      const report = { program: imported.program, added, certificateAuthorities: addedAuthorities, notes };
      if (!json) output.lines(...importLines(merged, imported.program, file), '');
      const why =
        added.length === 0
          ? 'there is nothing in it to add.'
          : values.yes === true
            ? null
            : json || !terminal
              ? 'nobody is there to ask; --yes adds them.'
              : /^(?:|y|yes)$/i.test((await terminal.question('Add this? [Y/n] ', false))?.trim() ?? 'no')
                ? null
                : 'given up.';
      if (why !== null) {
        if (json) output.json({ ...report, written: false });
        else output.complain(`postern: ${why} Nothing was written.`);
        return 1;
      }
      await runCommand(api, 'configure', { configuration: merged.configuration });
      if (json) output.json({ ...report, written: true });
      else output.lines(...nextLines(added, imported.program, commandOptions(values['data-dir']), runs));
      return 0;
    });
  },
};
