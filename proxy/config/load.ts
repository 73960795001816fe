import { dirname, join } from 'node:path';
import { type Configuration, configurationSchema, parseListenEverywhere } from '../contract/index.ts';
import { readPrivateFile, UnusableFile } from './atomic-file.ts';
import { ConfigurationError, quoted } from './configuration-error.ts';
import { configurationIssues } from './issues.ts';
import { parseJson } from './json-text.ts';
import { readPemFiles } from './pem-files.ts';
import { readTextFile } from './text-file.ts';

/** The configuration file of a data directory. */
export function configurationFile(dataDirectory: string): string {
  return join(dataDirectory, 'config.json');
}

/**
 * Reads `config.json` and the PEM files that it names, and checks all of it. Never writes.
 *
 * @returns the configuration with its defaults; an empty one when there is no file yet.
 * @throws {ConfigurationError} with everything that is wrong, not just the first.
 */
export async function loadConfiguration(dataDirectory: string): Promise<Configuration> {
  const file = configurationFile(dataDirectory);
  const configuration = await readConfiguration(file);
  refuseEverywhere(configuration, file);
  await readPemFiles(configuration, dataDirectory, file);
  return configuration;
}

/**
 * Listening on all addresses is for a service that somebody else configures (`--config`, `--state`): a window or a
 * command of this user does not open a relay to others.
 *
 * @throws {ConfigurationError}
 */
export function refuseEverywhere({ accounts }: Configuration, file: string): void {
  const issues = accounts.flatMap(({ relays }, a) =>
    relays.flatMap(({ listen }, r) =>
      parseListenEverywhere(listen) === null
        ? []
        : [
            {
              path: `accounts[${a}].relays[${r}].listen`,
              message: `expected a loopback address, found ${quoted(String(listen))}; all addresses take "postern run --config FILE --state FOLDER"`,
            },
          ],
    ),
  );
  if (issues.length > 0) throw new ConfigurationError(file, issues);
}

/**
 * Reads a configuration that somebody else manages: any file, even another user's or a link (a ConfigMap is one), with
 * the files that it names beside it. Never writes.
 *
 * @throws {ConfigurationError} with everything that is wrong; also when there is no such file: a service that started
 *   without an account would only hide that its configuration is missing.
 */
export async function loadFixedConfiguration(file: string): Promise<Configuration> {
  const text = await readTextFile(file);
  if (text === null) throw new ConfigurationError(file, [{ path: '', message: 'there is no such file' }]);
  const configuration = await parseConfiguration(text, file);
  await readPemFiles(configuration, dirname(file), file);
  return configuration;
}

/**
 * Reads and checks a configuration file on its own, without the files that it names.
 *
 * @throws {ConfigurationError}
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const text = await readConfigurationText(file);
  return text === null ? checkConfiguration({ version: 1, accounts: [] }, file) : parseConfiguration(text, file);
}

/**
 * Checks the text of a configuration: syntax, schema, duplicates. The files that it names are not looked at.
 *
 * @param file its name, for the error.
 * @throws {ConfigurationError}
 */
export async function parseConfiguration(text: string, file: string): Promise<Configuration> {
  const parsed = await parseJson(text.replace(/^\ufeff/, ''));
  if (!parsed.ok) throw new ConfigurationError(file, parsed.issues);
  return checkConfiguration(parsed.value, file);
}

/**
 * Only the schema check, for a configuration that has already been parsed.
 *
 * @param source its name, for the error.
 * @throws {ConfigurationError}
 */
export function checkConfiguration(raw: unknown, source: string): Configuration {
  const checked = configurationSchema.safeParse(raw);
  if (!checked.success) throw new ConfigurationError(source, configurationIssues(raw, checked.error));
  return checked.data;
}

async function readConfigurationText(file: string): Promise<string | null> {
  try {
    return await readPrivateFile(file);
  } catch (error) {
    if (error instanceof UnusableFile) {
      throw new ConfigurationError(file, [{ path: '', message: error.message.slice(file.length + 1) }]);
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(file, [{ path: '', message: `the file is there and cannot be read (${code})` }]);
  }
}
