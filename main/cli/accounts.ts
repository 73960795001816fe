import { quoted } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import {
  type AccountRow,
  consentOutcomes,
  counted,
  type PosternApi,
  type Snapshot,
} from '../../proxy/contract/index.ts';
import { accountsLines } from './accounts-lines.ts';
import { readArguments } from './arguments.ts';
import { type Command, CommandProblem, type ExitCode, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { unknownAction } from './meant.ts';
import { readSnapshot, runCommand } from './running-core.ts';
import { operands } from './shell-word.ts';
import { withExistingCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern accounts: the accounts, and what Postern signs in with for them.',
    '',
    'Usage: postern accounts [list] [--json]',
    '       postern accounts rename NAME NEW',
    '       postern accounts remove NAME [--yes]',
    '       postern accounts local-password [NAME] [--new] [--short] [--json]',
    '       postern accounts sign-in [NAME] [--no-browser] [--device] [--client-secret-stdin] [--json]',
    '       postern accounts sign-in [NAME] [--password-stdin] [--json]',
    '       postern accounts sign-out [NAME] [--json]',
    '',
    'NAME may be left out where Postern signs in for one account alone.',
    '',
    '  list            accounts, their relays, how each signs in, and what is needed',
    '  remove          also removes the decisions, the memory and the secrets of the account, and revokes its consent;',
    '                  its open connections end. It asks first in a terminal, unless there is --yes',
    '  local-password  shows what the mail program signs in to Postern with; creates it if there is none',
    '  sign-in         asks for your consent at the provider, with the browser of this computer, and keeps the',
    '                  result; or asks for the provider’s (application) password in the terminal, and keeps it',
    '  sign-out        revokes the consent, if the provider has a way to, and forgets it; or the password',
    '',
    '  --new                   replace the local password: mail programs then need the new one',
    '  --short                 eight characters instead of sixteen, for programs with a small field',
    '  --password-stdin        read the provider’s password from standard input, and keep it',
    '  --no-browser            print the address, and open nothing',
    '  --device                show an address and a code for another machine; for computers without a browser',
    '  --client-secret-stdin   read what the provider calls a client secret from standard input, and keep it',
    '  --json                  one line of JSON for each thing that happens',
    '  --data-dir FOLDER       where Postern keeps its things',
    '',
    'How to get a client id, provider by provider: docs/oauth.md.',
  ],
  async run(context) {
    const { output, args } = context;
    const options = {
      json: { type: 'boolean' },
      new: { type: 'boolean' },
      short: { type: 'boolean' },
      'no-browser': { type: 'boolean' },
      device: { type: 'boolean' },
      'client-secret-stdin': { type: 'boolean' },
      'password-stdin': { type: 'boolean' },
      yes: { type: 'boolean' },
    } as const;
    const { values, words } = readArguments(args, options, 3);
    const [action = 'list', account, to] = words;
    if (!isAction(action)) throw new UsageError(unknownAction('accounts', action, actions));
    if ((action === 'rename' || action === 'remove') && account === undefined)
      throw new UsageError(`"${action}" needs the name of an account.`);
    if (action === 'list' && account !== undefined) throw new UsageError('"list" takes no name.');
    if ((action === 'rename') !== (to !== undefined)) {
      throw new UsageError(action === 'rename' ? '"rename" needs the new name, too.' : `"${action}" takes one name.`);
    }
    const name = account ?? '';
    const json = values.json === true;
    const reach = commandOptions(values['data-dir']);
    const named = async (core: PosternApi) => account ?? onlyAccount(await readSnapshot(core), action, reach);
    const dataDirectory = await dataDirectoryPath(values['data-dir']);
    const { signInByConsent, signOut } = await import('./accounts-sign-in.ts');
    const on = (work: (core: PosternApi) => Promise<ExitCode>) => withExistingCore(dataDirectory, context, work);
    switch (action) {
      case 'list':
        return on(async (core) => {
          const snapshot = await readSnapshot(core);
          if (json) output.json({ accounts: accountsValue(snapshot) });
          else output.lines(...accountsLines(snapshot, reach));
          return 0;
        });
      case 'rename':
        return on(async (core) => {
          await runCommand(core, 'renameAccount', { account: name, to: to ?? '' });
          output.lines(`${quoted(name)} is now ${quoted(to ?? '')}.`);
          return 0;
        });
      case 'remove':
        return on(async (core) => {
          const { tables } = await readSnapshot(core);
          const open = Object.values(tables.sessions).filter((session) => session.account === name).length;
          const ends = open === 0 ? '' : ` ${counted(open, openConnections)} of it ${open === 1 ? 'ends' : 'end'}.`;
          const { terminal } = context;
          if (terminal && values.yes !== true && Object.hasOwn(tables.accounts, name)) {
            const question = `Remove ${quoted(name)}, with everything that was decided and stored for it?${ends} [y/N] `;
            const answer = (await terminal.question(question, false))?.trim() ?? '';
            if (!/^(?:y|yes)$/i.test(answer)) throw new CommandProblem('Given up. Nothing was removed.');
          }
          const { consent } = await runCommand(core, 'removeAccount', { account: name });
          output.lines(`${quoted(name)} was removed, with everything that was decided and stored for it.${ends}`);
          if (consent !== null) output.lines(consentOutcomes[consent]);
          return 0;
        });
      case 'local-password': {
        const form = values.short === true ? ({ form: 'short' } as const) : {};
        return on(async (core) => {
          const input = { account: await named(core), replace: values.new === true, ...form };
          const { password } = await runCommand(core, 'localPassword', input);
          if (json) output.json({ account: input.account, password });
          else output.lines(password);
          return 0;
        });
      }
      case 'sign-out':
        return on(async (core) => {
          await signOut(core, await named(core), json, output);
          return 0;
        });
      case 'sign-in': {
        const store = async (core: PosternApi, whose: string, password: string): Promise<ExitCode> => {
          await runCommand(core, 'storePassword', { account: whose, password });
          if (json) output.json({ event: 'signed-in', user: await userOf(core, whose) });
          else output.lines('The password is in the vault. The programs of this account go on by themselves.');
          return 0;
        };
        if (values['password-stdin'] === true) {
          const password = (await context.readInputLine()) ?? '';
          return on(async (core) => store(core, await named(core), password));
        }
        const clientSecret = values['client-secret-stdin'] === true ? await context.readInputLine() : undefined;
        const [browser, device] = [values['no-browser'] !== true, values.device === true];
        return on(async (core) => {
          const whose = await named(core);
          if ((await kindOf(core, whose)) === 'stored') {
            const { terminal } = context;
            const password = json
              ? null
              : await terminal?.question(`The provider’s password for ${quoted(whose)}: `, true);
            if (password) return store(core, whose, password);
            throw new UsageError(`Postern keeps a password for ${quoted(whose)}: pass it with --password-stdin.`);
          }
          return signInByConsent(core, { account: whose, browser, device, json, clientSecret }, context);
        });
      }
    }
  },
};

const openConnections = { one: 'open connection', other: 'open connections' };

const actions = ['list', 'rename', 'remove', 'local-password', 'sign-in', 'sign-out'] as const;

function isAction(word: string): word is (typeof actions)[number] {
  return (actions as readonly string[]).includes(word);
}

async function userOf(core: PosternApi, name: string): Promise<string | null> {
  return (await readSnapshot(core)).tables.accounts[name]?.signIn.user ?? null;
}

async function kindOf(core: PosternApi, name: string): Promise<AccountRow['signIn']['kind'] | undefined> {
  return (await readSnapshot(core)).tables.accounts[name]?.signIn.kind;
}

/** The account that a command without a name is meant for. @throws {CommandProblem} where there is none, or a choice */
function onlyAccount({ tables }: Snapshot, action: string, options: string): string {
  const own = Object.values(tables.accounts).filter(({ signIn }) => signIn.kind !== 'pass-through');
  const [first, ...others] = own;
  if (!first) throw new CommandProblem('Postern signs in for no account: mail programs do, with their own passwords.');
  if (others.length === 0) return first.name;
  const commands = own.map(({ name }) => `  postern accounts ${action}${operands([name], options)}`);
  throw new CommandProblem('Postern signs in for several accounts. Say for which:', commands);
}

/** The same for a program. */
function accountsValue({ tables }: Snapshot) {
  const relays = Object.values(tables.relays);
  return Object.values(tables.accounts).map((account) => ({
    ...account,
    relays: relays
      .filter((relay) => relay.account === account.name)
      .map(({ name, protocol, server, port, tls, listeners }) => ({ name, protocol, server, port, tls, listeners })),
  }));
}
