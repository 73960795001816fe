import { type ParseArgsConfig, parseArgs } from 'node:util';
import { quoted } from '../../proxy/config/configuration-error.ts';
import { isNear } from '../../proxy/config/near-word.ts';
import { UsageError } from './command.ts';

type Options = Record<string, { type: 'string' | 'boolean'; multiple?: true }>;
type Value<O extends Options[string]> = O['type'] extends 'string' ? string : boolean;
type Values<O extends Options> = { [K in keyof O]?: O[K]['multiple'] extends true ? Value<O[K]>[] : Value<O[K]> };

/** Accepted by every command. */
const everywhere = { help: { type: 'boolean' }, 'data-dir': { type: 'string' } } as const satisfies Options;

/**
 * Reads the arguments of one command.
 *
 * @param options the command's own options; `--help` and `--data-dir` come with every command.
 * @param words how many arguments without `--` it accepts at most.
 * @throws {UsageError} for an unknown option or an extra argument, with a hint at what was probably meant.
 */
export function readArguments<O extends Options>(
  args: string[],
  options: O,
  words = 0,
): { values: Values<O & typeof everywhere>; words: string[] } {
  const known: Options = { ...everywhere, ...options };
  const config = {
    args,
    options: { ...known, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    tokens: true,
  };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ ...config, strict: true } as ParseArgsConfig);
  } catch (error) {
    throw new UsageError(explain(error as NodeJS.ErrnoException, args, known));
  }
  const empty = Object.entries(parsed.values).find(([, value]) => [value].flat().includes(''));
  if (empty) throw new UsageError(`--${empty[0]} needs a value behind it.`);
  if (parsed.positionals.length > words) {
    throw new UsageError(`${quoted(parsed.positionals[words] ?? '')} is one word too many.`);
  }
  return { values: parsed.values as Values<O & typeof everywhere>, words: parsed.positionals };
}

function explain(error: NodeJS.ErrnoException, args: string[], known: Options): string {
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const typed = args.find((arg) => arg.startsWith('-') && !isKnown(arg, known)) ?? '';
    const name = typed.split('=')[0] ?? '';
    const meant = Object.keys(known).find((candidate) => isNear(name.replace(/^-+/, ''), candidate));
    return `${quoted(name)} is no option of this command.${meant === undefined ? '' : ` Did you mean --${meant}?`}`;
  }
  const option = /--[a-z-]+/.exec(error.message)?.[0];
  if (option === undefined) return error.message;
  return known[option.slice(2)]?.type === 'string' ? `${option} needs a value behind it.` : `${option} takes no value.`;
}

function isKnown(arg: string, known: Options): boolean {
  return arg === '-h' || arg === '--' || Object.hasOwn(known, arg.split('=')[0]?.replace(/^--/, '') ?? '');
}

/** Reads a port number. @throws {UsageError} */
export function readPort(text: string, option: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 0 && port < 65_536) return port;
  throw new UsageError(`${option} expects a port from 0 to 65535, found ${quoted(text)}.`);
}
