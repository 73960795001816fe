import { ConfigurationError, issueText } from '../../proxy/config/configuration-error.ts';
import { UnusableDirectory } from '../../proxy/config/data-directory.ts';
import type { Output } from '../output.ts';
import { CommandProblem, type ExitCode, UsageError } from './command.ts';

/**
 * Says what went wrong, in words, and gives the exit code for it.
 *
 * @param command the command's name, for the pointer to its help
 */
export function reportFailure(error: unknown, command: string | null, output: Output): ExitCode {
  if (error instanceof UsageError) {
    output.complain(`postern: ${error.message}`, `Try: postern ${command === null ? '' : `${command} `}--help`);
    return 2;
  }
  if (error instanceof ConfigurationError) {
    output.complain(`${error.file} cannot be used:`, ...error.issues.map((issue) => `  ${issueText(issue)}`));
    return 2;
  }
  if (error instanceof UnusableDirectory) {
    output.complain(`postern: ${error.message}`);
    return 2;
  }
  if (error instanceof CommandProblem || isPlain(error)) {
    output.complain(`postern: ${error.message}`, ...(error instanceof CommandProblem ? error.below : []));
    return 1;
  }
  output.complain('postern: this is a mistake in Postern itself. Please report it with these lines:');
  output.complain(...String(error instanceof Error ? error.stack : error).split('\n'));
  return 1;
}

/** Errors whose message is a sentence for the person. By name, so that their modules are loaded only where needed. */
function isPlain(error: unknown): error is Error {
  return error instanceof Error && plain.has(error.name);
}

const plain = new Set(['AlreadyRunning', 'NoCore', 'CoreUnreachable', 'UnusableFile', 'CommandFailed']);
