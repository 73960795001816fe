import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import {
  type CheckReport,
  type CheckStep,
  type CommandInput,
  followState,
  inGroups,
  ownSignIn,
  type PosternApi,
  type Protocol,
  type Purpose,
  protocolFacts,
  type RelayCheck,
  relaysNamed,
  signInWasTried,
  validity,
  worded,
} from '../../proxy/contract/index.ts';
import { aligned } from './aligned.ts';
import { readArguments } from './arguments.ts';
import { type Command, type CommandContext, CommandProblem, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { noAccountYet } from './no-account.ts';
import { failureText, readSnapshot, runCommand } from './running-core.ts';
import { whereToChange } from './where-to-change.ts';
import { withExistingCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern check: signs in through each relay as your mail program would, and says what it saw.',
    '',
    'Usage: postern check [ACCOUNT | RELAY] [--user NAME [--password-stdin]] [--json] [--data-dir FOLDER]',
    '',
    '  ACCOUNT, RELAY     one account, or one relay of an account; by default, all of them',
    '  --user NAME        the user name to sign in with',
    '  --password-stdin   read the password from the first line of standard input',
    '',
    'In a terminal it asks for user name and password, and does not show the password. Without them it checks everything',
    'up to the sign-in. An account that Postern signs in for needs neither: it is tried with its local password.',
    'Where Postern does not run, the check says so, and runs one of its own while it lasts, which asks about nothing.',
    'Where a certificate waits for your decision, so does the check; it says so, and decides nothing. Nothing is sent. Exit',
    'code 1 if something failed.',
  ],
  async run(context) {
    const { args, output } = context;
    const known = {
      json: { type: 'boolean' },
      user: { type: 'string' },
      'password-stdin': { type: 'boolean' },
    } as const;
    const { values, words } = readArguments(args, known, 1);
    const json = values.json === true;
    const [account] = words;
    const passwordFromInput = values['password-stdin'] === true;
    if (passwordFromInput && values.user === undefined) throw new UsageError('--password-stdin needs --user NAME.');
    if (values.user !== undefined && !passwordFromInput && !context.terminal) {
      throw new UsageError('--user needs a terminal to ask for the password in, or --password-stdin.');
    }
    const dataDirectory = await dataDirectoryPath(values['data-dir']);
    const options = commandOptions(values['data-dir']);
    const look = async (api: PosternApi, running: boolean) => {
      if (!json && !running) output.lines(notRunning(options), '');
      const needed = values.user !== undefined || (await programSignsIn(api, account));
      const credentials = needed ? await readCredentials(context, values.user, passwordFromInput) : {};
      if (!json && needed && credentials.password === undefined) output.lines(withoutCredentials, '');
      const input = { ...(account === undefined ? {} : { account }), ...credentials };
      if (json) return { ...(await check(api, input, options, () => undefined)), running };
      const { relays } = (await readSnapshot(api)).tables;
      const end = running ? sayWhatIsAsked(api, (line) => output.lines(line), options) : () => undefined;
      const found = await check(api, input, options, (step) =>
        output.lines(stepLine(step, relays[step.relay]?.protocol)),
      ).finally(end);
      output.lines(...reportLines(found, options), ...(running ? [] : await toStart(api, options)));
      return { ...found, running };
    };
    // Where nobody can answer, a question about a certificate holds nothing up.
    const report = await withExistingCore(dataDirectory, context, look, { holds: false });
    if (json) output.json(report);
    return report.outcome === 'ok' ? 0 : 1;
  },
};

/**
 * Whether the mail program signs in by itself for one of the accounts to be checked.
 *
 * @param wanted an account, or one of its relays; undefined for all
 */
async function programSignsIn(api: PosternApi, wanted: string | undefined): Promise<boolean> {
  const configuration = await runCommand(api, 'configuration', {});
  return relaysNamed(configuration, wanted).some(({ account }) => ownSignIn(account) === null);
}

/**
 * Says, once each, which certificates hold a connection until the person decides: otherwise the check seems to hang.
 *
 * @param options what suggested commands need
 * @returns a function that ends it
 */
function sayWhatIsAsked(api: PosternApi, say: (line: string) => void, options: string): () => void {
  const told = new Set<string>();
  const state = followState((table, id) => {
    const question = table === 'questions' ? state.tables.questions.get(id) : undefined;
    if (!question || question.waiting === 0 || told.has(id)) return;
    told.add(id);
    const { host, port } = question;
    say(
      `The certificate of ${host} port ${port} waits for your decision, and this check with it. In another terminal: postern certificates${options}`,
    );
  });
  return api.subscribe((message) => void state.apply(message));
}

const withoutCredentials =
  'Without user name and password: everything up to the sign-in is checked, and the sign-in is not.';

async function check(
  api: PosternApi,
  input: CommandInput<'check'>,
  options: string,
  progress: (step: CheckStep) => void,
): Promise<CheckReport> {
  const result = await api.command('check', input, progress);
  if (!result.ok && result.failure.code === 'not-found' && input.account === undefined) {
    throw new CommandProblem(noAccountYet(options));
  }
  if (!result.ok) throw new CommandProblem(await failureText(api, result.failure));
  return result.value;
}

async function readCredentials(
  { terminal, readInputLine }: CommandContext,
  user: string | undefined,
  passwordFromInput: boolean,
): Promise<{ user?: string; password?: string }> {
  if (passwordFromInput) {
    return { ...(user === undefined ? {} : { user }), password: await readInputLine() };
  }
  if (!terminal) return {};
  const name = user ?? (await terminal.question('User name (Enter for none): ', false));
  if (name === null) throw new CommandProblem('Given up.');
  if (name === '') return {};
  const password = await terminal.question('Password (not shown): ', true);
  if (password === null) throw new CommandProblem('Given up.');
  return { user: name, password };
}

/** Each distinct failure once, with the relays that it affects. */
function diagnosisLines(relays: readonly RelayCheck[], options: string): string[] {
  const failed = relays.flatMap(({ relay, diagnosis }) =>
    diagnosis ? [{ relay, diagnosis: worded(diagnosis, options) }] : [],
  );
  // The advice may name what is the relay's own: the question about its port.
  const alike = inGroups(failed, ({ diagnosis: { sentence, advice } }) => `${sentence} ${advice}`);
  return alike.flatMap((same) => {
    const [first] = same;
    const { code, sentence, advice, page } = first.diagnosis;
    const names = same.map(({ relay }) => relay);
    return [
      `${names.join(', ')}: ${sentence} [${code}]`,
      `  What to do: ${advice}${whereToChange(first.diagnosis, names)}`,
      `  More: ${page}`,
      '',
    ];
  });
}

/** What is left to do where Postern does not run, and whether a question waits for it. */
async function toStart(api: PosternApi, options: string): Promise<string[]> {
  const { questions } = (await readSnapshot(api)).tables;
  const asked = Object.keys(questions).length > 0;
  const answer = asked ? '. Then decide about the certificate: until Postern runs, nobody can.' : '';
  return ['', `Postern is not running. Start it: postern run${options}${answer}`];
}

const outcomes = { ok: 'ok', failed: 'FAILED', skipped: 'skipped' };

/** What is tried behind the sign-in: the step that has its name from mail. */
const inside: Record<Purpose, string> = {
  ...{ incoming: 'mailbox', outgoing: 'mailbox' },
  ...{ news: 'news', 'address-book': 'directory' },
};

function stepLine({ relay, step, outcome, message }: CheckStep, protocol: Protocol = 'imap'): string {
  const name = step === 'mailbox' ? inside[protocolFacts[protocol].purpose] : step;
  return `${relay}  ${name}: ${outcomes[outcome]}. ${message}`;
}

/** @param options what suggested commands need */
function reportLines({ relays, outcome }: CheckReport, options: string): string[] {
  const rows = relays.map(
    ({ relay, account, protocol, outcome: one, tlsVersion, cipher, certificateExpires, trust }) => [
      relay,
      `${account}, ${protocol.toUpperCase()}`,
      outcomes[one],
      tlsVersion === null ? '' : `${tlsVersion} ${cipher ?? ''}`,
      trust === null ? '' : trust === 'verified' ? 'certificate verified' : 'certificate trusted by you',
      certificateExpires === null ? '' : validity(certificateExpires),
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
        : notTried(relays),
  ];
}

function notTried(relays: readonly RelayCheck[]): string {
  const proved = relays.every(({ trust }) => trust !== 'trusted-by-you')
    ? 'The servers can be reached and are verified.'
    : 'The servers can be reached. Where it says “trusted by you”, that rests on your decision alone.';
  const own = relays.every(({ devices }) => devices === true)
    ? 'that is what the devices do.'
    : 'give --user and --password-stdin.';
  return `${proved} Signing in was not tried: ${own}`;
}

/** What it means that Postern does not run, so that a good check is not taken for mail that works. */
function notRunning(options: string): string {
  return `Postern is NOT RUNNING: your mail program cannot connect. This check runs one of its own while it lasts; to start yours: postern run${options}`;
}
