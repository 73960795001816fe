import { quoted } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import { configurationFile, readConfiguration } from '../../proxy/config/load.ts';
import { isNear } from '../../proxy/config/near-word.ts';
import {
  type AccountConfiguration,
  type ClientCard,
  type Configuration,
  cardRelays,
  type FilledCard,
  type FillOptions,
  fillCard,
  isDevice,
  type LocalCertificateRow,
  listensAt,
  ownSignIn,
} from '../../proxy/contract/index.ts';
import { clientCards, findCard } from '../client-cards.ts';
import { aligned } from './aligned.ts';
import { readArguments } from './arguments.ts';
import { cardLines } from './card-lines.ts';
import { type Command, CommandProblem, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { noAccountYet } from './no-account.ts';
import { readSnapshot, runCommand } from './running-core.ts';
import { operands } from './shell-word.ts';

export const command: Command = {
  help: [
    'postern card: what to type into your mail program, field by field, in its own words.',
    '',
    'Usage: postern card [ACCOUNT [PROGRAM]] [--user NAME] [--address ADDRESS] [--pop3] [--host ADDRESS] [--json]',
    '                    [--data-dir FOLDER]',
    '',
    '  without PROGRAM     lists the programs that have a card',
    '  --user NAME         your user name, to show on the card',
    '  --address ADDRESS   your e-mail address, likewise',
    '  --pop3              POP3 if the account has IMAP, too',
    '  --host ADDRESS      where the program reaches this computer, if it runs on another one (docs/vintage-machine.md)',
  ],
  async run({ args, output }) {
    const options = {
      json: { type: 'boolean' },
      user: { type: 'string' },
      address: { type: 'string' },
      host: { type: 'string' },
      pop3: { type: 'boolean' },
    } as const;
    const { values, words } = readArguments(args, options, 2);
    const cards = clientCards();
    const [accountName, program] = words;
    const json = values.json === true;
    const reach = commandOptions(values['data-dir']);
    if (program === undefined) {
      const { configuration } = await readState(await dataDirectoryPath(values['data-dir']));
      if (accountName !== undefined) {
        refuseProgramAlone(configuration, cards, accountName, reach);
        findAccount(configuration, accountName, reach);
      }
      if (json) output.json(cards.map(({ id, name, protocols, checked }) => ({ id, name, protocols, checked })));
      else output.lines(...listLines(cards, accountName ?? configuration.accounts[0]?.name, reach));
      return 0;
    }
    const found = findCard(cards, program);
    if (!('card' in found)) throw new UsageError(unknownProgram(program, found.meant, reach));
    const state = await readState(await dataDirectoryPath(values['data-dir']));
    const account = findAccount(state.configuration, accountName ?? '', reach);
    const own = ownSignIn(account);
    const known = {
      user: values.user ?? state.practiceUser.get(account.name) ?? own?.user,
      address: values.address,
      // Where Postern signs in, the program gets the local password, which is only in the vault.
      password: own
        ? `<the local password: postern accounts local-password${operands([account.name], reach)}>`
        : '<your password>',
    };
    const filled = fill(found.card, account, {
      own: ownValues(known),
      account: account.name,
      ports: state.ports,
      host: values.host,
      incoming: values.pop3 === true ? 'pop3' : undefined,
    });
    if (json) output.json({ account: account.name, ...filled });
    else output.lines(...cardLines(filled, account.name, state.localCertificate));
    return 0;
  },
};

interface KnownState {
  configuration: Configuration;
  /** Where relays currently listen, by name. Empty when no core runs. */
  ports: Map<string, number>;
  practiceUser: Map<string, string>;
  localCertificate?: LocalCertificateRow | undefined;
}

/** Asks the running core, which knows the ports that the system chose; reads the file if none runs. */
async function readState(dataDirectory: string): Promise<KnownState> {
  const { connectCore, NoCore } = await import('../http/client.ts');
  const core = await connectCore(dataDirectory).catch((error: unknown) => {
    if (error instanceof NoCore) return null;
    throw error;
  });
  if (!core) {
    const configuration = await readConfiguration(configurationFile(dataDirectory));
    return { configuration, ports: new Map(), practiceUser: new Map() };
  }
  try {
    const configuration = await runCommand(core, 'configuration', {});
    const snapshot = await readSnapshot(core);
    const relays = Object.values(snapshot.tables.relays);
    const { practice, localCertificate } = snapshot.tables.core.core ?? {};
    return {
      configuration,
      ports: new Map(relays.flatMap((row) => (row.listeners[0] ? [[row.name, row.listeners[0].port] as const] : []))),
      practiceUser: new Map(practice ? [[practice.account, practice.user]] : []),
      localCertificate,
    };
  } finally {
    core.close();
  }
}

/** @throws {UsageError} where the one word is a program, and no account */
function refuseProgramAlone(
  { accounts }: Configuration,
  cards: readonly ClientCard[],
  word: string,
  options: string,
): void {
  if (accounts.length === 0 || accounts.some(({ name }) => name === word)) return;
  const found = findCard(cards, word);
  if (!('card' in found)) return;
  const [first] = accounts;
  const only = accounts.length === 1 ? first?.name : undefined;
  const command = `postern card${operands([only ?? 'ACCOUNT', found.card.id], options)}`;
  const names = accounts.map(({ name }) => quoted(name)).join(', ');
  throw new UsageError(`The account comes before the program: ${command}${only ? '' : ` There is: ${names}.`}`);
}

function findAccount({ accounts }: Configuration, name: string, options: string): AccountConfiguration {
  const account = accounts.find((each) => each.name === name);
  if (account) return account;
  if (accounts.length === 0) {
    throw new CommandProblem(noAccountYet(options));
  }
  const meant = accounts.find((each) => isNear(name, each.name));
  const names = accounts.map((each) => quoted(each.name)).join(', ');
  throw new CommandProblem(
    `There is no account ${quoted(name)}. ${meant ? `Did you mean ${quoted(meant.name)}?` : `There is: ${names}.`}`,
  );
}

function unknownProgram(typed: string, meant: readonly ClientCard[], options: string): string {
  const ids = meant.map((card) => card.id);
  const hint = ids.length > 0 ? ` Did you mean ${ids.join(' or ')}?` : ` "postern card${options}" lists the programs.`;
  return `There is no card for ${quoted(typed)}.${hint}`;
}

/** @throws {CommandProblem} when there is nothing to fill in, or a port is not known yet */
function fill(card: ClientCard, account: AccountConfiguration, options: FillOptions): FilledCard {
  const used = cardRelays(card, account.relays, options.incoming);
  const unknown = used.find((relay) => listensAt(relay).port === 0 && !options.ports.has(relay.name));
  if (unknown) {
    throw new CommandProblem(
      `${quoted(unknown.name)} listens on a port that the system chooses. Start Postern first, or give it a port of its own.`,
    );
  }
  const filled = fillCard(card, account.relays, options);
  if (filled) return filled;
  const wanted = options.incoming === undefined ? card.protocols : [options.incoming];
  throw new CommandProblem(
    `${quoted(account.name)} has nothing for ${card.name}, which uses ${wanted.map((each) => each.toUpperCase()).join(', ')}.`,
  );
}

function ownValues({
  user,
  address,
  password,
}: {
  user: string | undefined;
  address: string | undefined;
  password: string;
}): FillOptions['own'] {
  const value = (known: string | undefined, words: string) => ({ value: known ?? words, known: known !== undefined });
  return {
    name: value(undefined, '<your own name>'),
    address: value(address, '<your e-mail address>'),
    user: value(user, '<your user name>'),
    'user.encoded': value(user === undefined ? undefined : encodeURIComponent(user), '<your-user-name>'),
    password: value(undefined, password),
    base: value(undefined, '<your search base, such as dc=example,dc=org>'),
  };
}

function listLines(cards: readonly ClientCard[], account: string | undefined, options: string): string[] {
  const listed = (some: readonly ClientCard[]) => aligned(some.map(({ id, name }) => [id, name]));
  return [
    'There is a card for:',
    '',
    ...listed(cards.filter((card) => !isDevice(card))),
    '',
    'and for devices that send:',
    '',
    ...listed(cards.filter(isDevice)),
    '',
    account === undefined
      ? noAccountYet(options)
      : `For example: postern card${operands([account, cards[0]?.id ?? ''], options)}`,
  ];
}
