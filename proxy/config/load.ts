import { dirname, join } from 'node:path';
import { type Configuration, configurationSchema, parseListenEverywhere } from '../contract/index.ts';
import { readPrivateFile, UnusableFile } from './atomic-file.ts';
import { ConfigurationError, type ConfigurationIssue, quoted } from './configuration-error.ts';
import { configurationIssues } from './issues.ts';
import { withPlaces } from './json-place.ts';
import { parseJson } from './json-text.ts';
import { readPemFiles } from './pem-files.ts';
import { checkSoundParts, type SoundConfiguration } from './sound-parts.ts';
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
  const text = await readConfigurationText(file);
  return text === null ? emptyConfiguration(file) : checkForUse(text, file, { byHand: true });
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
  return checkForUse(text, file, { byHand: false });
}

/**
 * Reads and checks a configuration file on its own, without the files that it names.
 *
 * @throws {ConfigurationError}
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const text = await readConfigurationText(file);
  return text === null ? emptyConfiguration(file) : parseConfiguration(text, file);
}

/**
 * Checks the text of a configuration: syntax, schema, duplicates. The files that it names are not looked at.
 *
 * @param file its name, for the error.
 * @throws {ConfigurationError}
 */
export async function parseConfiguration(text: string, file: string): Promise<Configuration> {
  const { plain, raw } = await parsed(text, file);
  const { issues, configuration } = checkRaw(raw);
  if (issues.length > 0 || !configuration) throw await located(plain, file, issues);
  return configuration;
}

/**
 * Everything that would keep Postern from starting with a configuration, in one round.
 *
 * @param text of the file
 * @param file its path: the files that it names are beside it
 * @param how.byHand whether it is this user's own: only a service that somebody else configures opens a relay to others
 * @throws {ConfigurationError}
 */
export async function checkForUse(text: string, file: string, how: { byHand: boolean }): Promise<Configuration> {
  const { plain, raw } = await parsed(text, file);
  const { issues, sound, configuration } = checkRaw(raw);
  const hasIssue = (wanted: string) => issues.some(({ path }) => path === wanted);
  if (how.byHand) issues.push(...everywhereIssues(sound).filter(({ path }) => !hasIssue(path)));
  issues.push(...(await pemIssues(sound, file)));
  if (issues.length > 0 || !configuration) throw await located(plain, file, issues);
  return configuration;
}

/**
 * Only the schema check, for a configuration that has already been parsed.
 *
 * @param source its name, for the error.
 * @throws {ConfigurationError}
 */
export function checkConfiguration(raw: unknown, source: string): Configuration {
  const { issues, configuration } = checkRaw(raw);
  if (issues.length > 0 || !configuration) throw new ConfigurationError(source, issues);
  return configuration;
}

/**
 * Listening on all addresses is for a service that somebody else configures (`--config`, `--state`): a window or a
 * command of this user does not open a relay to others.
 *
 * @throws {ConfigurationError}
 */
export function refuseEverywhere(configuration: Configuration, file: string): void {
  const issues = everywhereIssues(configuration);
  if (issues.length > 0) throw new ConfigurationError(file, issues);
}

function everywhereIssues({ accounts }: SoundConfiguration): ConfigurationIssue[] {
  return accounts.flatMap(({ relays }, a) =>
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
}

async function pemIssues(configuration: SoundConfiguration, file: string): Promise<ConfigurationIssue[]> {
  try {
    await readPemFiles(configuration, dirname(file), file);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues;
    throw error;
  }
}

/** @returns every issue; the configuration if there is none; and what is sound of it */
function checkRaw(raw: unknown): {
  issues: ConfigurationIssue[];
  configuration: Configuration | null;
  sound: SoundConfiguration;
} {
  const checked = configurationSchema.safeParse(raw);
  if (checked.success) return { issues: [], configuration: checked.data, sound: checked.data };
  const { issues: more, sound } = checkSoundParts(raw);
  const issues = configurationIssues(raw, { issues: [...checked.error.issues, ...more] });
  return { issues, configuration: null, sound };
}

/** @throws {ConfigurationError} for bad JSON */
async function parsed(text: string, file: string): Promise<{ plain: string; raw: unknown }> {
  const plain = text.replace(/^\ufeff/, '');
  const json = await parseJson(plain);
  if (!json.ok) throw new ConfigurationError(file, json.issues);
  return { plain, raw: json.value };
}

async function located(text: string, file: string, issues: readonly ConfigurationIssue[]): Promise<ConfigurationError> {
  return new ConfigurationError(file, await withPlaces(text, issues));
}

function emptyConfiguration(file: string): Configuration {
  return checkConfiguration({ version: 1, accounts: [] }, file);
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
