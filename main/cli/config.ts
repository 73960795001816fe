import { resolve } from 'node:path';
import { ConfigurationError } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath, isThere } from '../../proxy/config/data-directory.ts';
import { checkForUse, configurationFile, parseConfiguration } from '../../proxy/config/load.ts';
import { readTextFile } from '../../proxy/config/text-file.ts';
import type { Configuration } from '../../proxy/contract/index.ts';
import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';

export const command: Command = {
  help: [
    'postern config validate: says whether Postern would start with a configuration and, if not, everything that is wrong.',
    '',
    'Usage: postern config validate [FILE] [--elsewhere] [--json] [--data-dir FOLDER]',
    '',
    '  --elsewhere   it is used on another computer: the files that it names are not looked at',
    '',
    'Without FILE it checks config.json in the data directory; a FILE is checked as "postern run --config FILE" reads it.',
    'Nothing is changed. Exit code 0 or 2.',
  ],
  async run({ args, output }) {
    const { values, words } = readArguments(args, { json: { type: 'boolean' }, elsewhere: { type: 'boolean' } }, 2);
    const [action, named] = words;
    if (action !== 'validate') throw new UsageError('"config" is followed by "validate".');
    const dataDirectory = await dataDirectoryPath(values['data-dir']);
    const own = configurationFile(dataDirectory);
    if (named === undefined) await isThere(dataDirectory);
    const file = named === undefined ? own : resolve(named);
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
      const check = () => checkForUse(text, file, { byHand: file === own });
      configuration = await (values.elsewhere === true ? parseConfiguration(text, file) : check());
    } catch (error) {
      if (!json || !(error instanceof ConfigurationError)) throw error;
      output.json({ file, valid: false, issues: error.issues });
      return 2;
    }
    const relays = configuration.accounts.flatMap((account) => account.relays).length;
    if (json) output.json({ file, valid: true, issues: [] });
    else
      output.lines(`${file} is fine: ${count(configuration.accounts.length, 'account')}, ${count(relays, 'relay')}.`);
    return 0;
  },
};

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
