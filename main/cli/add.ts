import { randomBytes } from 'node:crypto';
import { quoted } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import {
  type AccountConfiguration,
  type CommandInput,
  type DiscoveryReport,
  dnsAloneSays,
  type FoundServer,
  fixedConfigurationWords,
  foundPurposes,
  isMail,
  type PosternApi,
  protocols,
  protocolsFor,
  type SignIn,
} from '../../proxy/contract/index.ts';
import type { Output } from '../output.ts';
import { passwordSignIn } from './add-app-password.ts';
import { consentSignIn, takesTokensAlone } from './add-consent.ts';
import { accountLines, apartLines, foundLines, nothingLines, stepLine } from './add-lines.ts';
import { readWish, type Wish } from './add-wish.ts';
import { type Command, type CommandContext, CommandProblem, type Terminal, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { failureText, readSnapshot, runCommand } from './running-core.ts';
import { operands } from './shell-word.ts';
import { withCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern add: finds the mail servers of an e-mail address, tries each one, and adds an account with them.',
    '',
    'Usage: postern add ADDRESS [OPTIONS]',
    '       postern add ADDRESS --server PROTOCOL=HOST[:PORT][,TLS] ... [OPTIONS]',
    '',
    '  --server ...       a server of the account, which is added as you say: no search, no question; once for each.',
    `                     PROTOCOL is ${protocols.join(', ')}; TLS is implicit or starttls, and by default`,
    '                     what is usual at the port: --server imap=mail.example.org --server smtp=mail.example.org:587',
    '  --imap, --pop3     how to read mail; with neither, IMAP if there is a choice',
    '  --name NAME        what to call the account; by default, the address',
    '  --client-id ID     if the servers accept only tokens: the client id that the provider gave you (docs/oauth.md)',
    '  --issuer URL       and if Postern does not know the provider: the address where you sign in',
    '  --keep-password    have Postern keep the (app) password and sign in; the mail program gets a local one',
    '  --yes              add it without asking',
    '  --accept SERVERS   servers that only DNS vouches for and that you know to be right, separated by commas;',
    '                     --yes does not answer this question',
    '  --json             ask nothing, and say everything in one line of JSON; --yes to add',
    '  --data-dir FOLDER  where Postern keeps its things',
    '',
    'Without --server it asks before it writes anything. Exit code 0 if the account was added, 1 if it was not.',
    'docs/discovery.md says who is asked for what on the way.',
  ],
  async run(surroundings) {
    const wish = readWish(surroundings.args);
    const terminal = wish.json ? null : surroundings.terminal;
    const dataDirectory = await dataDirectoryPath(wish.dataDirectory);
    return withCore(dataDirectory, surroundings, async (api, runs) => {
      await refuseFixedConfiguration(api);
      await refuseTakenName(api, wish.name);
      if (wish.servers.length > 0) return addByHand(api, wish, runs, surroundings);
      const report = await search(api, wish, surroundings);
      const servers = chosen(report, wish);
      const say = wish.json ? silent : surroundings.output;
      say.lines(...foundLines(report, servers), ...apartLines(report, commandOptions(wish.dataDirectory)));
      const signIn = takesTokensAlone(servers)
        ? await consentSignIn(report, wish, terminal, say)
        : servers.length > 0
          ? await passwordSignIn(report, wish.keepPassword, wish.yes ? null : terminal, say)
          : null;
      const answer = await consent(report, servers, wish, signIn !== null, terminal, say);
      if (answer.kind === 'no') {
        if (wish.json) surroundings.output.json({ ...report, added: null, reason: answer.why });
        else surroundings.output.complain(answer.why);
        return 1;
      }
      const places = servers.map(({ protocol, server, port, tls }) => ({ protocol, server, port, tls }));
      const input = { name: wish.name, servers: places, ...(signIn && { signIn }) };
      const { account, practised } = await write(api, input);
      if (wish.json) surroundings.output.json({ ...report, added: account satisfies AccountConfiguration });
      else
        surroundings.output.lines(
          '',
          ...(practised ? [practiceEnded, ''] : []),
          ...accountLines(account, report, runs, commandOptions(wish.dataDirectory)),
        );
      return 0;
    });
  },
};

/** Adds the account. `practised`: the practice account has made way for it. */
async function write(api: PosternApi, input: CommandInput<'addAccount'>) {
  const practised = (await readSnapshot(api)).tables.core.core?.practice !== undefined;
  const { account } = await runCommand(api, 'addAccount', input);
  return { account, practised };
}

/** Adds an account with the servers that the person names. */
async function addByHand(api: PosternApi, wish: Wish, runs: boolean, { output }: CommandContext): Promise<0> {
  const { address, name, servers, clientId, issuer, keepPassword } = wish;
  const signIn: SignIn | null = keepPassword
    ? { kind: 'stored', user: address }
    : issuer === undefined
      ? null
      : { kind: 'oauth', user: address, issuer, ...(clientId === undefined ? {} : { clientId }) };
  const { account, practised } = await write(api, { name, servers: [...servers], ...(signIn && { signIn }) });
  if (wish.json) output.json({ added: account });
  else {
    const options = commandOptions(wish.dataDirectory);
    output.lines(
      ...(practised ? [practiceEnded, ''] : []),
      ...accountLines(account, { user: address, provider: null }, runs, options),
      `Its servers were not tried. ${runs ? 'This' : 'Once Postern runs, this'} tries them: postern check${operands([name], options)}`,
    );
  }
  return 0;
}

const practiceEnded = 'The practice account has ended, with its mails and the decision about its certificate.';

/** Said before a search that may take a minute, not after it. */
async function refuseFixedConfiguration(api: PosternApi): Promise<void> {
  const file = (await readSnapshot(api)).tables.core.core?.fixedConfiguration;
  if (file !== undefined) throw new CommandProblem(fixedConfigurationWords(file));
}

/** For the same reason. */
async function refuseTakenName(api: PosternApi, name: string): Promise<void> {
  const { accounts } = await runCommand(api, 'configuration', {});
  if (!accounts.some((account) => account.name === name)) return;
  throw new CommandProblem(`There is already an account named ${quoted(name)}. Choose another name with --name.`);
}

/** Ctrl+C ends the search, even in a core that keeps running. */
async function search(api: PosternApi, wish: Wish, { output }: CommandContext): Promise<DiscoveryReport> {
  const id = randomBytes(16).toString('hex');
  const cancel = () => void api.command('cancelDiscovery', { search: id });
  process.on('SIGINT', cancel);
  try {
    const input = { address: wish.address, search: id, ...(wish.reading && { reading: wish.reading }) };
    const result = await api.command('discover', input, (step) => {
      if (!wish.json && step.outcome !== 'running') output.lines(stepLine(step));
    });
    if (result.ok) return result.value;
    if (result.failure.code === 'bad-input') throw new UsageError(result.failure.message);
    throw new CommandProblem(`Nothing was written. ${await failureText(api, result.failure)}`);
  } finally {
    process.off('SIGINT', cancel);
  }
}

/** One server for each purpose; empty unless there are both one for reading mail and one for sending it. */
function chosen({ outcome, servers }: DiscoveryReport, { reading }: Wish): FoundServer[] {
  if (outcome !== 'found') return [];
  return foundPurposes.flatMap((purpose) => {
    const wanted = purpose === 'incoming' && reading !== undefined ? [reading] : protocolsFor(purpose);
    return wanted.flatMap((protocol) => servers.filter((server) => server.protocol === protocol)).slice(0, 1);
  });
}

type Consent = { kind: 'yes' } | { kind: 'no'; why: string };

const no = (why: string): Consent => ({ kind: 'no', why: `postern: ${why} Nothing was written.` });

/** Asks whatever has to be asked before an account is written. */
async function consent(
  report: DiscoveryReport,
  servers: readonly FoundServer[],
  { name, accepted, yes }: Wish,
  signsIn: boolean,
  terminal: Terminal | null,
  say: Pick<Output, 'lines'>,
): Promise<Consent> {
  if (servers.length === 0) {
    say.lines('', ...nothingLines(report));
    if (report.offline) return no('this computer seems to be offline.');
    if (report.outcome !== 'partly') return no('no servers were found that could be used.');
    return no(report.servers.some(isMail) ? 'only a part was found.' : 'no servers for mail were found.');
  }
  const foreign = [...new Set(servers.filter(({ confirm }) => confirm).map(({ server }) => server))];
  for (const server of foreign.filter((each) => !accepted.has(each))) {
    const why = dnsAloneSays(server, report.address);
    if (!terminal) return no(`${why} If you know that it is right, add: --accept ${foreign.join(',')}`);
    say.lines('', why);
    if (!(await agrees(terminal, `Is ${server} a server of your mail provider? [y/N] `, false))) {
      return no(`${server} was not confirmed. Ask your mail provider for the names of its servers.`);
    }
  }
  if (yes) return { kind: 'yes' };
  if (!terminal) return no('nobody is there to ask; --yes adds the account.');
  const hopeless = takesTokensAlone(servers) && !signsIn;
  const question = hopeless
    ? `Signing in with a password will be refused. Add ${quoted(name)} anyway? [y/N] `
    : `Add this account as ${quoted(name)}? [Y/n] `;
  say.lines('');
  return (await agrees(terminal, question, !hopeless)) ? { kind: 'yes' } : no('given up.');
}

async function agrees(terminal: Terminal, question: string, byDefault: boolean): Promise<boolean> {
  const answer = (await terminal.question(question, false))?.trim().toLowerCase();
  if (answer === undefined) return false;
  return answer === '' ? byDefault : answer === 'y' || answer === 'yes';
}

const silent: Pick<Output, 'lines'> = { lines: () => undefined };
