import type { CommandInput, CommandOutputs, Configuration } from './contract/index.ts';
import { CommandFailed } from './state/command-failed.ts';
import type { StateStore } from './state/store.ts';

/**
 * Admits a device that was turned away at a relay: its address is listed from now on.
 *
 * @param change saves a configuration derived from the one in force and applies it
 * @throws CommandFailed where there is no such relay, or no such device was turned away there
 */
export async function allowDevice(
  { relay: name, address }: CommandInput<'allowDevice'>,
  state: StateStore,
  change: (make: (configuration: Configuration) => Configuration) => Promise<void>,
): Promise<CommandOutputs['allowDevice']> {
  const row = state.get('relays', name);
  if (!row?.devices) {
    const names = state.all('relays').flatMap((each) => (each.devices ? [`“${each.name}”`] : []));
    const there = names.length === 0 ? 'No relay serves devices ("lan").' : `There is ${names.join(', ')}.`;
    throw new CommandFailed('not-found', `There is no relay for devices with the name “${name}”. ${there}`);
  }
  const device = row.devices.find((each) => each.address === address);
  if (!device) {
    throw new CommandFailed(
      'not-pending',
      `No device with the address ${address} has knocked at “${name}” since Postern was started. Let it try once, or write the address into "allow" under "lan" of this relay in config.json.`,
    );
  }
  if (!device.listed) {
    await change((now) => ({
      ...now,
      accounts: now.accounts.map((account) => ({
        ...account,
        relays: account.relays.map((relay) =>
          relay.name === name && relay.lan
            ? { ...relay, lan: { ...relay.lan, allow: [...relay.lan.allow, address] } }
            : relay,
        ),
      })),
    }));
  }
  return { account: row.account, relay: name, address };
}
