import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import {
  type CheckReport,
  type CheckStep,
  type CommandInput,
  type PosternApi,
  type RelayCheck,
  signInWasTried,
  worded,
} from '../../proxy/contract/index.ts';
import { aligned } from './aligned.ts';
import { readArguments } from './arguments.ts';
import { type Command, CommandProblem, type Surroundings, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { withExistingCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern check: signs in through each relay as your mail program would, and says what it saw.',
    '',
    'Usage: postern check [ACCOUNT] [--user NAME [--password-stdin]] [--json] [--data-dir FOLDER]',
    '',
    '  ACCOUNT            one account; by default, all of them',
    '  --user NAME        the user name to sign in with',
    '  --password-stdin   read the password from the first line of standard input',
    '',
    'In a terminal it asks for user name and password, and does not show the password. Without them it checks everything',
    'up to the sign-in. Nothing is stored, and no mail is sent. Exit code 1 if something failed.',
  ],
  async run(surroundings) {
    const { args, output } = surroundings;
    const options = {
      json: { type: 'boolean' },
      user: { type: 'string' },
      'password-stdin': { type: 'boolean' },
    } as const;
    const { values, words } = readArguments(args, options, 1);
    const json = values.json === true;
    const credentials = await readCredentials(surroundings, values.user, values['password-stdin'] === true);
    const dataDirectory = await dataDirectoryPath(values['data-dir']);
    const input: CommandInput<'check'> = { ...(words[0] === undefined ? {} : { account: words[0] }), ...credentials };
    if (!json && input.password === undefined) {
      output.lines(
        'Without user name and password: everything up to the sign-in is checked, and the sign-in is not.',
        '',
      );
    }
    const report = await withExistingCore(dataDirectory, surroundings, (api) =>
      check(api, input, json ? () => undefined : (step) => output.lines(stepLine(step))),
    );
    if (json) output.json(report);
    else output.lines(...reportLines(report, commandOptions(values['data-dir'])));
    return report.outcome === 'ok' ? 0 : 1;
  },
};

async function check(
  api: PosternApi,
  input: CommandInput<'check'>,
  progress: (step: CheckStep) => void,
): Promise<CheckReport> {
  const result = await api.command('check', input, progress);
  if (!result.ok) throw new CommandProblem(result.failure.message);
  return result.value;
}

async function readCredentials(
  { terminal, readInputLine }: Surroundings,
  user: string | undefined,
  passwordFromInput: boolean,
): Promise<{ user?: string; password?: string }> {
  if (passwordFromInput) {
    if (user === undefined) throw new UsageError('--password-stdin needs --user NAME.');
    return { user, password: await readInputLine() };
  }
  if (!terminal) {
    if (user !== undefined)
      throw new UsageError('--user needs a terminal to ask for the password in, or --password-stdin.');
    return {};
  }
  const name = user ?? (await terminal.question('User name (Enter for none): ', false));
  if (name === null) throw new CommandProblem('Given up.');
  if (name === '') return {};
  const password = await terminal.question('Password (not shown): ', true);
  if (password === null) throw new CommandProblem('Given up.');
  return { user: name, password };
}

/** Each distinct failure once, with the relays that it affects. */
function diagnosisLines(relays: readonly RelayCheck[], options: string): string[] {
  const failed = relays.flatMap(({ relay, diagnosis }) => (diagnosis ? [{ relay, diagnosis }] : []));
  const sentences = [...new Set(failed.map(({ diagnosis }) => diagnosis.sentence))];
  return sentences.flatMap((sentence) => {
    const same = failed.filter(({ diagnosis }) => diagnosis.sentence === sentence);
    const [first] = same;
    if (!first) return [];
    const { code, advice, page } = worded(first.diagnosis, options);
    return [
      `${same.map(({ relay }) => relay).join(', ')}: ${sentence} [${code}]`,
      `  What to do: ${advice}`,
      `  More: ${page}`,
      '',
    ];
  });
}

const outcomes = { ok: 'ok', failed: 'FAILED', skipped: 'skipped' };

function stepLine({ relay, step, outcome, message }: CheckStep): string {
  return `${relay}  ${step}: ${outcomes[outcome]}. ${message}`;
}

/** @param options what suggested commands need */
function reportLines({ relays, outcome }: CheckReport, options: string): string[] {
  if (relays.length === 0) return ['There is nothing to check: no account is configured.'];
  const rows = relays.map(
    ({ relay, account, protocol, outcome: one, tlsVersion, cipher, certificateExpires, trust }) => [
      relay,
      `${account}, ${protocol.toUpperCase()}`,
      outcomes[one],
      tlsVersion === null ? '' : `${tlsVersion} ${cipher ?? ''}`,
      trust === null ? '' : trust === 'verified' ? 'certificate verified' : 'certificate trusted by you',
      certificateExpires === null ? '' : `valid until ${certificateExpires.slice(0, 10)}`,
    ],
  );
  return [
    '',
    ...aligned(rows, 0),
    '',
    ...diagnosisLines(relays, options),
    outcome === 'failed'
      ? 'Something failed; see above.'
      : signInWasTried({ outcome, relays })
        ? 'All is well.'
        : notTried,
  ];
}

const notTried =
  'The servers can be reached and are verified. Signing in was not tried: give --user and --password-stdin.';
