import { resolve } from 'node:path';
import { UsageError } from './command.ts';

/** Where the configuration and everything else are, as far as was specified. */
export interface RunPlace {
  /** Absolute path of a configuration that Postern never writes. */
  config?: string;
  state?: string;
}

/** Reads `--config`, `--state` and `--data-dir` together. @throws {UsageError} when they contradict each other */
export function readPlace(values: {
  config?: string;
  state?: string;
  'data-dir'?: string;
  practice?: boolean;
  'practice-if-new'?: boolean;
}): RunPlace {
  const { config, state = values['data-dir'] } = values;
  if (values.state !== undefined && values['data-dir'] !== undefined) {
    throw new UsageError('--state and --data-dir cannot be used together: both say where Postern keeps its things.');
  }
  if (values.state !== undefined && config === undefined) {
    throw new UsageError('--state goes with --config. Without it, --data-dir names the place of both.');
  }
  if (config !== undefined && (values.practice === true || values['practice-if-new'] === true)) {
    throw new UsageError(
      '--config and --practice cannot be used together: the practice account is for a start without one.',
    );
  }
  return { ...(config === undefined ? {} : { config: resolve(config) }), ...(state === undefined ? {} : { state }) };
}
