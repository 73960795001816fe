import {
  type CommandInput,
  type CommandOutputs,
  type Configuration,
  listed,
  type RelayConfiguration,
  readNet,
} from './contract/index.ts';
import { addressList } from './net/addresses.ts';
import { CommandFailed } from './state/command-failed.ts';
import type { StateStore } from './state/store.ts';

/** Saves a configuration derived from the one in force and applies it. */
type Change = (make: (configuration: Configuration) => Configuration) => Promise<void>;

/** A relay for devices, with its account. */
interface Place {
  account: string;
  relay: string;
  allow: readonly string[];
}

/**
 * Admits a device that was turned away at a relay: its address is listed from now on. Nothing to do where it is already.
 *
 * @throws CommandFailed where there is no such relay, or no such device was turned away there
 */
export async function allowDevice(
  { relay: name, address }: CommandInput<'allowDevice'>,
  state: StateStore,
  configuration: Configuration,
  change: Change,
): Promise<CommandOutputs['allowDevice']> {
  const { account, relay, allow } = placeNamed(configuration, name);
  checkAddress(address);
  if (!allows(allow, address)) {
    const devices = state.get('relays', relay)?.devices ?? [];
    if (!devices.some((each) => each.address === address)) {
      const knocked = devices.filter((each) => !each.listed).map((each) => each.address);
      const others = knocked.length === 0 ? '' : ` These have: ${listed(knocked)}.`;
      throw new CommandFailed(
        'not-pending',
        `No device with the address ${address} has knocked at “${relay}” since Postern was started.${others} Let it try once, or write the address into "allow" under "lan" of this relay in config.json.`,
      );
    }
    await change((now) => withAllow(now, relay, (listedNow) => [...listedNow, address]));
  }
  return { account, relay, address };
}

/**
 * The way back: takes a device out of what relays list, whoever wrote it there. Its connections there end.
 *
 * @throws CommandFailed where it is not listed, or only within a net, or nothing else is: nobody else is to be cut off
 */
export async function forgetDevice(
  { relay: name, address }: CommandInput<'forgetDevice'>,
  configuration: Configuration,
  change: Change,
): Promise<CommandOutputs['forgetDevice']> {
  checkAddress(address);
  const places = name === undefined ? placesIn(configuration) : [placeNamed(configuration, name)];
  const allowing = places.filter(({ allow }) => allows(allow, address));
  if (allowing.length === 0) {
    const where = name === undefined ? 'No relay allows' : `“${places[0]?.relay}” does not allow`;
    throw new CommandFailed('not-found', `${where} ${address}. ${whoIsAllowed(places)}`);
  }
  for (const place of allowing) checkRemovable(place, address);
  await change((now) =>
    allowing.reduce(
      (changed, { relay }) => withAllow(changed, relay, (allow) => allow.filter((entry) => !allows([entry], address))),
      now,
    ),
  );
  return { address, relays: allowing.map(({ account, relay }) => ({ account, relay })) };
}

/** @throws CommandFailed where taking it out would take others out, or leave nobody */
function checkRemovable({ account, relay, allow }: Place, address: string): void {
  const entries = allow.filter((entry) => allows([entry], address));
  const net = entries.find((entry) => entry.includes('/'));
  const inFile = `"allow" under "lan" of “${relay}” (account “${account}”) in config.json`;
  if (net !== undefined) {
    throw new CommandFailed(
      'failed',
      `${address} is allowed as part of ${net}, with its neighbours. Replace that by the single addresses, in ${inFile}.`,
    );
  }
  if (entries.length === allow.length) {
    throw new CommandFailed(
      'failed',
      `${address} is the only device that “${relay}” allows, and a relay for devices needs one. Allow another one first, or take the relay out of config.json, where it belongs to the account “${account}”.`,
    );
  }
}

/** @param name of a relay, or of an account with one relay for devices. @throws CommandFailed */
function placeNamed(configuration: Configuration, name: string): Place {
  const places = placesIn(configuration);
  const own = places.filter(({ account }) => account === name);
  const meant = places.find(({ relay }) => relay === name) ?? (own.length === 1 ? own[0] : undefined);
  if (meant) return meant;
  const choice = own.length > 1 ? own : places;
  const names = choice.map(({ relay, account }) => `“${relay}” (account “${account}”)`);
  const there = names.length === 0 ? 'No relay serves devices ("lan").' : `There is ${listed(names)}.`;
  throw new CommandFailed('not-found', `There is no relay for devices with the name “${name}”. ${there}`);
}

function placesIn({ accounts }: Configuration): Place[] {
  return accounts.flatMap(({ name: account, relays }) =>
    relays.flatMap(({ name: relay, lan }) => (lan ? [{ account, relay, allow: lan.allow }] : [])),
  );
}

function withAllow(
  configuration: Configuration,
  name: string,
  make: (allow: readonly string[]) => string[],
): Configuration {
  const changed = (relay: RelayConfiguration) =>
    relay.name === name && relay.lan ? { ...relay, lan: { ...relay.lan, allow: make(relay.lan.allow) } } : relay;
  const accounts = configuration.accounts.map((account) => ({ ...account, relays: account.relays.map(changed) }));
  return { ...configuration, accounts };
}

const allows = (allow: readonly string[], address: string) => addressList(allow).has(address);

function whoIsAllowed(places: readonly Place[]): string {
  if (places.length === 0) return 'No relay serves devices ("lan").';
  const each = places.map(({ relay, allow }) => `“${relay}” allows ${listed(allow)}`);
  return `${each.join('; ')}.`;
}

/** @throws CommandFailed */
function checkAddress(address: string): void {
  const net = address.includes('/') ? 'a net is changed in config.json' : readNet(address);
  if (typeof net === 'string') throw new CommandFailed('bad-input', `“${address}” is no address of a device: ${net}.`);
}
