import type { Configuration, ConfigurationInput } from '../contract/index.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { checkConfiguration, configurationFile, readConfiguration, refuseEverywhere } from './load.ts';
import { readPemFiles } from './pem-files.ts';

/**
 * Checks a configuration with the files that it names, and makes it the `config.json` of the data directory.
 *
 * @returns the configuration with its defaults, as a later load would give it.
 * @throws {ConfigurationError} when it is not sound, or when the file that it would replace is not: someone is in the
 *   middle of editing that by hand, and their work must not be lost.
 * @throws the system's error when the file cannot be written; the old one then stays.
 */
export async function saveConfiguration(dataDirectory: string, input: ConfigurationInput): Promise<Configuration> {
  const configuration = checkConfiguration(input, 'the new configuration');
  refuseEverywhere(configuration, 'the new configuration');
  await readPemFiles(configuration, dataDirectory, 'the new configuration');
  await readConfiguration(configurationFile(dataDirectory));
  await writeFileAtomically(configurationFile(dataDirectory), `${JSON.stringify(configuration, null, 2)}\n`);
  return configuration;
}
