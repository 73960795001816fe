import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import { importText } from '../../proxy/config/imports/import-text.ts';
import { type Imported, mergeImport } from '../../proxy/config/imports/imported.ts';
import { checkConfiguration } from '../../proxy/config/load.ts';
import { readPemFiles } from '../../proxy/config/pem-files.ts';
import { readTextFile } from '../../proxy/config/text-file.ts';
import type { Configuration } from '../../proxy/contract/index.ts';
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
  async run(surroundings) {
    const { args, output, terminal } = surroundings;
    const { values, words } = readArguments(args, { json: { type: 'boolean' }, yes: { type: 'boolean' } }, 1);
    if (words[0] === undefined) throw new UsageError('"import" needs a file.');
    const json = values.json === true;
    const file = resolve(words[0]);
    const text = await readTextFile(file);
    if (text === null) throw new UsageError(`There is no file ${file}.`);
    const imported = await withUsableFiles(importText(text, file), file);
    return withCore(await dataDirectoryPath(values['data-dir']), surroundings, async (api) => {
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
      else output.lines(...nextLines(added, imported.program, commandOptions(values['data-dir'])));
      return 0;
    });
  },
};

/** Leaves out files that are missing or not what they should be, each with a note, so that the rest can be used. */
async function withUsableFiles(imported: Imported, file: string): Promise<Imported> {
  const notes = [...imported.notes];
  const drop = (place: string, message: string) => notes.push({ place, message: `not carried: ${message}` });
  const authorities: string[] = [];
  for (const path of new Set(imported.certificateAuthorities)) {
    const problem = await problemWith({ certificateAuthorities: [path], accounts: [] }, file);
    if (problem === null) authorities.push(path);
    else drop('CAfile', problem);
  }
  const relays: Imported['relays'] = [];
  for (const { clientCertificate, ...relay } of imported.relays) {
    const name = relay.section;
    const account = { name, relays: [{ ...relay, name, ...(clientCertificate && { clientCertificate }) }] };
    const problem = clientCertificate && (await problemWith({ certificateAuthorities: [], accounts: [account] }, file));
    if (clientCertificate && problem === null) relays.push({ ...relay, clientCertificate });
    else relays.push(relay);
    if (typeof problem === 'string') drop(`[${name}] cert`, problem);
  }
  return { ...imported, certificateAuthorities: authorities, relays, notes };
}

async function problemWith(
  part: Pick<Configuration, 'accounts' | 'certificateAuthorities'>,
  file: string,
): Promise<string | null> {
  try {
    await readPemFiles(part as Configuration, dirname(file), file);
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues.map(({ message }) => message).join('; ');
    throw error;
  }
}
