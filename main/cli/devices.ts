import { listed } from '../../proxy/contract/index.ts';
import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { deviceLines, unseenLines } from './device-lines.ts';
import { unknownAction } from './meant.ts';
import { readSnapshot, runCommand } from './running-core.ts';
import { operands } from './shell-word.ts';
import { withRunningCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern devices: the devices of the local network that have been at your relays, and those that were turned away.',
    '',
    'Usage: postern devices [list] [--json]',
    '       postern devices allow RELAY ADDRESS      let in one that was turned away; it is listed from now on',
    '       postern devices forget [RELAY] ADDRESS   let it in no more, at this relay or at any; its connections end',
    '',
    'Each needs a running Postern, and takes --data-dir FOLDER. RELAY may be an account that has one relay for devices.',
    'Allow a device only when you know it: what it sends goes out under the name of the account.',
  ],
  async run({ args, output }) {
    const { values, words } = readArguments(args, { json: { type: 'boolean' } }, 3);
    const [action = 'list', ...named] = words;
    if (!isAction(action)) throw new UsageError(unknownAction('devices', action, actions));
    if (action === 'list' && named.length > 0) throw new UsageError('"list" takes no name.');

    const options = commandOptions(values['data-dir']);
    const json = values.json === true;
    return withRunningCore(values['data-dir'], async (core) => {
      if (action === 'allow') {
        const [name, address] = named;
        if (name === undefined || address === undefined)
          throw new UsageError('"allow" needs the name of the relay, and the address that the list shows.');
        const allowed = await runCommand(core, 'allowDevice', { relay: name, address });
        const { relay, account } = allowed;
        if (json) output.json(allowed);
        else {
          const back = `postern devices forget${operands([relay, address], options)}`;
          output.lines(`${address} may use ${relay} from now on (account ${account}).`, `The way back: ${back}`);
        }
        return 0;
      }
      if (action === 'forget') {
        const address = named.at(-1);
        if (address === undefined) throw new UsageError('"forget" needs the address that the list shows.');
        const [relay] = named.slice(0, -1);
        const forgotten = await runCommand(core, 'forgetDevice', {
          ...(relay === undefined ? {} : { relay }),
          address,
        });
        const where = forgotten.relays.map((each) => `${each.relay} (account ${each.account})`);
        if (json) output.json(forgotten);
        else output.lines(`${address} may no longer use ${listed(where)}. If it was connected there, it is cut off.`);
        return 0;
      }
      const { tables } = await readSnapshot(core);
      const relays = Object.values(tables.relays).filter(({ devices }) => devices !== undefined);
      const { accounts } = await runCommand(core, 'configuration', {});
      const configured = accounts.flatMap((account) => account.relays);
      const allowAt = (name: string) => configured.find((relay) => relay.name === name)?.lan?.allow ?? [];
      if (json)
        output.json({ relays: relays.map(({ name, devices }) => ({ relay: name, devices, allow: allowAt(name) })) });
      else if (relays.length === 0) output.lines('No relay serves devices of the local network ("lan").');
      else
        output.lines(
          ...relays.flatMap((row) => [...deviceLines(row, options), ...unseenLines(row, allowAt(row.name))]),
          `To let one in no more: postern devices forget ADDRESS${options}`,
        );
      return 0;
    });
  },
};

const actions = ['list', 'allow', 'forget'] as const;

function isAction(word: string): word is (typeof actions)[number] {
  return (actions as readonly string[]).includes(word);
}
