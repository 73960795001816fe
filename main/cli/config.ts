import { dirname, resolve } from 'node:path';
import { ConfigurationError, issueText } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import { configurationFile, parseConfiguration } from '../../proxy/config/load.ts';
import { readPemFiles } from '../../proxy/config/pem-files.ts';
import { readTextFile } from '../../proxy/config/text-file.ts';
import type { Configuration } from '../../proxy/contract/index.ts';
import type { Output } from '../output.ts';
import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';

export const command: Command = {
  help: [
    'postern config validate: says whether a configuration is valid and, if not, everything that is wrong with it.',
    '',
    'Usage: postern config validate [FILE] [--json] [--data-dir FOLDER]',
    '',
    'Without FILE it checks config.json in the data directory. Nothing is changed. Exit code 0 or 2.',
  ],
  async run({ args, output }) {
    const { values, words } = readArguments(args, { json: { type: 'boolean' } }, 2);
    const [action, named] = words;
    if (action !== 'validate') throw new UsageError('"config" is followed by "validate".');
    const file = named === undefined ? configurationFile(await dataDirectoryPath(values['data-dir'])) : resolve(named);
    const json = values.json === true;
    const text = await readTextFile(file);
    if (text === null) {
      if (named !== undefined) throw new UsageError(`There is no file ${file}.`);
      if (json) output.json({ file, valid: true, issues: [] });
      else output.lines(`There is no ${file} yet. That is fine: Postern starts without an account.`);
      return 0;
    }
    let configuration: Configuration;
    try {
      configuration = await parseConfiguration(text, file);
    } catch (error) {
      if (!json || !(error instanceof ConfigurationError)) throw error;
      output.json({ file, valid: false, issues: error.issues });
      return 2;
    }
    const relays = configuration.accounts.flatMap((account) => account.relays).length;
    if (json) output.json({ file, valid: true, issues: [] });
    else
      output.lines(`${file} is fine: ${count(configuration.accounts.length, 'account')}, ${count(relays, 'relay')}.`);
    await noteMissingFiles(configuration, file, output);
    return 0;
  },
};

/**
 * The files named in it belong to the machine where it will be used, which may be another one: worth a note, not an
 * error.
 */
async function noteMissingFiles(configuration: Configuration, file: string, output: Output): Promise<void> {
  try {
    await readPemFiles(configuration, dirname(file), file);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    output.complain(
      'But Postern would not start with it here:',
      ...error.issues.map((issue) => `  ${issueText(issue)}`),
    );
  }
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
