import {
  type AccountConfiguration,
  type Configuration,
  type Protocol,
  relayNames,
  type ServerPlace,
  type SignIn,
} from '../contract/index.ts';
import { CommandFailed, nameTaken } from '../state/command-failed.ts';

/**
 * The account to add, on free ports.
 *
 * @param others the existing accounts
 * @throws CommandFailed when the name is taken, or no port is free
 */
export async function planAccount(
  { name, servers, signIn }: { name: string; servers: readonly ServerPlace[]; signIn?: SignIn | undefined },
  others: Configuration['accounts'],
  freePorts: (protocols: Protocol[]) => Promise<{ listen: number | string }[]>,
): Promise<AccountConfiguration> {
  if (others.some((account) => account.name === name)) throw nameTaken(name);
  const ports = await freePorts(servers.map(({ protocol }) => protocol));
  if (ports.length < servers.length) throw new CommandFailed('failed', 'No free port was found on this computer.');
  const listens = ports.map(({ listen }) => listen);
  return { ...accountFor(name, servers, listens, others), ...(signIn === undefined ? {} : { signIn }) };
}

/**
 * The account that carries mail to these servers: a relay for each, named after the account and the protocol, listening
 * where told.
 *
 * @param listens one for each server, in their order
 * @param others the existing accounts, whose relays' names are taken
 */
export function accountFor(
  name: string,
  servers: readonly ServerPlace[],
  listens: readonly (number | string)[],
  others: Configuration['accounts'],
): AccountConfiguration {
  const taken = new Set(others.flatMap(({ relays }) => relays.map((relay) => relay.name)));
  const relayName = relayNames(name, taken);
  return {
    name,
    relays: servers.map(({ protocol, server, port, tls }, index) => ({
      name: relayName(protocol),
      protocol,
      listen: listens[index] ?? 0,
      server,
      port,
      tls,
    })),
  };
}
