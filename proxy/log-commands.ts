import type { Commands } from './commands.ts';
import type { CommandInput, CommandName, CommandOutputs } from './contract/index.ts';
import type { Log } from './log/log.ts';
import type { LogFields } from './log/logger.ts';
import { CommandFailed } from './state/command-failed.ts';

/** What the log says of a command. Never a password, a code or a whole configuration: only what a line picks out by name. */
type Facts<C extends CommandName> = (input: CommandInput<C>, output: CommandOutputs[C] | null) => LogFields;

const nothingMore = () => ({});
const ofAccount = ({ account }: { account: string }) => ({ account });

/** Every command that changes trust, the configuration or what is connected; null for those that change nothing. */
const facts: { [C in CommandName]: Facts<C> | null } = {
  approve: ({ id, remember }, row) => ({ id, remember, host: row?.host, port: row?.port, account: row?.account }),
  reject: ({ id }, row) => ({ id, host: row?.host, port: row?.port, account: row?.account }),
  forget: ({ id }, gone) => ({ id, forgotten: gone?.forgotten, host: gone?.host, port: gone?.port }),
  renameServer: ({ id }, used) => ({ id, account: used?.account, from: used?.from, to: used?.to }),
  allowDevice: ({ relay, address }) => ({ relay, address }),
  forgetDevice: ({ relay, address }) => ({ relay, address }),
  pause: nothingMore,
  resume: nothingMore,
  configure: nothingMore,
  addAccount: ({ name }, added) => ({ account: added?.account.name ?? name }),
  addImport: ({ file }, added) => ({ file, accounts: added?.report.added.length }),
  startPractice: nothingMore,
  addAuthority: nothingMore,
  removeAuthority: ({ file }) => ({ file }),
  signIn: ofAccount,
  signOut: ofAccount,
  storePassword: ofAccount,
  localPassword: ({ account, replace }) => ({ account, replaced: replace === true }),
  renameAccount: ({ account, to }) => ({ account, to }),
  removeAccount: ofAccount,
  stop: nothingMore,
  localCertificate: null,
  configuration: null,
  check: null,
  discover: null,
  cancelDiscovery: null,
  readImport: null,
  readAuthority: null,
  authorities: null,
  freePorts: null,
  networkChanged: null,
  diagnostics: null,
  cancelSignIn: null,
};

/**
 * The same commands, each that changes something with a line in the log of what was asked for and whether it was done: whoever
 * looks later for when an alarm was switched off finds it.
 */
export function logCommands(commands: Commands, log: Log): Commands {
  const names = Object.keys(commands) as CommandName[];
  return Object.fromEntries(names.map((name) => [name, logged(name, commands, log)])) as unknown as Commands;
}

function logged<C extends CommandName>(name: C, commands: Commands, log: Log): Commands[C] {
  const tell: Facts<C> | null = facts[name];
  const run = commands[name] as (input: CommandInput<C>, progress?: never) => Promise<CommandOutputs[C]>;
  if (!tell) return commands[name];
  const told = async (input: CommandInput<C>, progress?: never) => {
    try {
      const output = await run(input, progress);
      log.info('command', { command: name, ...tell(input, output) });
      return output;
    } catch (error) {
      const failed = error instanceof CommandFailed ? error.code : 'fault';
      log.info('command', { command: name, ...tell(input, null), failed });
      throw error;
    }
  };
  return told as Commands[C];
}
