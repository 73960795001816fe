import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { deviceLines } from './device-lines.ts';
import { readSnapshot, runCommand } from './running-core.ts';
import { withRunningCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern devices: the devices of the local network that have been at your relays, and those that were turned away.',
    '',
    'Usage: postern devices [list] [--json]',
    '       postern devices allow RELAY ADDRESS    let in one that was turned away; it is listed from now on',
    '',
    'Both need a running Postern, and take --data-dir FOLDER. Allow a device only when you know it: what it sends goes',
    'out under the name of the account.',
  ],
  async run({ args, output }) {
    const { values, words } = readArguments(args, { json: { type: 'boolean' } }, 3);
    const [action = 'list', relay, address] = words;
    if (action !== 'list' && action !== 'allow')
      throw new UsageError(`There is no "devices ${action}"; there are list, allow.`);
    if (action === 'list' && relay !== undefined) throw new UsageError('"list" takes no name.');

    const options = commandOptions(values['data-dir']);
    return withRunningCore(values['data-dir'], async (core) => {
      if (action === 'allow') {
        if (relay === undefined || address === undefined)
          throw new UsageError('"allow" needs the name of the relay, and the address that the list shows.');
        const allowed = await runCommand(core, 'allowDevice', { relay, address });
        if (values.json === true) output.json(allowed);
        else output.lines(`${address} may use ${relay} from now on (account ${allowed.account}).`);
        return 0;
      }
      const { tables } = await readSnapshot(core);
      const relays = Object.values(tables.relays).filter(({ devices }) => devices !== undefined);
      if (values.json === true) output.json({ relays: relays.map(({ name, devices }) => ({ relay: name, devices })) });
      else if (relays.length === 0) output.lines('No relay serves devices of the local network ("lan").');
      else output.lines(...relays.flatMap((row) => deviceLines(row, options)));
      return 0;
    });
  },
};
