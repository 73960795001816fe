import { ConfigurationError } from './config/configuration-error.ts';
import type { MergedImport } from './config/imports/imported.ts';
import { checkConfiguration } from './config/load.ts';
import type { CommandInput, CommandOutputs, Configuration, ImportReport } from './contract/index.ts';
import { CommandFailed } from './state/command-failed.ts';

type ImportCommand = 'readImport' | 'addImport';
type ImportCommands = { [C in ImportCommand]: (input: CommandInput<C>) => Promise<CommandOutputs[C]> };

export interface ImportCommandsContext {
  configuration(): Configuration;
  /** Saves a configuration derived from the one in force and applies it; changes run one after another. */
  change(make: (configuration: Configuration) => Configuration): Promise<void>;
}

/** Commands about another program's configuration, whose text somebody gives. */
export function createImportCommands({ configuration, change }: ImportCommandsContext): ImportCommands {
  return {
    async readImport(input) {
      const { program, merge } = await read(input);
      return reportOf(program, merge(configuration()));
    },
    async addImport(input) {
      const { program, merge } = await read(input);
      let report: ImportReport | null = null;
      await change((now) => {
        const merged = merge(now);
        if (merged.added.length === 0) throw new CommandFailed('failed', 'There is nothing in this file to add.');
        report = reportOf(program, merged);
        return merged.configuration;
      });
      return { report: report as unknown as ImportReport, configuration: configuration() };
    },
  };
}

/** @throws CommandFailed for a file that cannot be understood, or what would come of it */
async function read({ text, file }: CommandInput<'readImport'>) {
  const [{ importText }, { mergeImport }, { withUsableFiles }] = await Promise.all([
    import('./config/imports/import-text.ts'),
    import('./config/imports/imported.ts'),
    import('./config/imports/usable-files.ts'),
  ]);
  const imported = await asFailure(async () => withUsableFiles(importText(text, file), file));
  return {
    program: imported.program,
    merge(now: Configuration): MergedImport {
      const merged = mergeImport(now, imported);
      try {
        checkConfiguration(merged.configuration, file);
      } catch (error) {
        throw failureOf(error);
      }
      return merged;
    },
  };
}

async function asFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): unknown {
  return error instanceof ConfigurationError ? new CommandFailed('bad-input', error.message, { cause: error }) : error;
}

function reportOf(program: string, { added, addedAuthorities, notes }: MergedImport): ImportReport {
  return { program, added, certificateAuthorities: addedAuthorities, notes };
}
