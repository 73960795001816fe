import net from 'node:net';
import type { Protocol } from '../contract/index.ts';

/** The well-known ports moved above 1024, where no privilege is needed: what the documentation suggests too. */
const suggested: Record<Protocol, number> = { smtp: 1587, imap: 1143, pop3: 1110 };

/** So many ports above the suggested one are tried. */
const maxTries = 1000;

/**
 * Finds loopback ports that are free right now, near the usual ones.
 *
 * @param wanted one port is found for each entry
 * @param taken ports that must not be suggested, though nothing listens there at the moment
 */
export async function freePorts(
  wanted: readonly Protocol[],
  taken: ReadonlySet<number>,
): Promise<{ protocol: Protocol; port: number }[]> {
  const given = new Set(taken);
  const found: { protocol: Protocol; port: number }[] = [];
  for (const protocol of wanted) {
    for (let port = suggested[protocol]; port < suggested[protocol] + maxTries; port += 1) {
      if (given.has(port) || !(await isFree(port))) continue;
      given.add(port);
      found.push({ protocol, port });
      break;
    }
  }
  return found;
}

/**
 * Finds the next port above one that is taken.
 *
 * @param address where it is to be free
 * @param taken ports that must not be suggested, though nothing listens there at the moment
 * @returns undefined when there is none near
 */
export async function nextFreePort(
  address: string,
  above: number,
  taken: ReadonlySet<number>,
): Promise<number | undefined> {
  for (let port = above + 1; port <= Math.min(65_535, above + maxTries); port += 1) {
    if (!taken.has(port) && (await isFree(port, address))) return port;
  }
  return undefined;
}

function isFree(port: number, address = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: address, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
