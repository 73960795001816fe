import net from 'node:net';
import { type Protocol, protocolFacts } from '../contract/index.ts';

export interface FreePort {
  protocol: Protocol;
  port: number;
  /** For the configuration: the bare port, for both loopback addresses, where this computer has both. */
  listen: number | string;
}

/** How many ports above the suggested one are tried. */
const maxTries = 1000;

/**
 * Finds loopback ports that are free right now, near the usual ones: at 127.0.0.1 and at ::1, since mail programs might
 * try first whichever of the two somebody else held.
 *
 * @param wanted one port is found for each entry
 * @param taken ports that must not be suggested, though nothing listens there at the moment
 */
export async function freePorts(wanted: readonly Protocol[], taken: ReadonlySet<number>): Promise<FreePort[]> {
  const given = new Set(taken);
  const found: FreePort[] = [];
  for (const protocol of wanted) {
    const { suggestedPort } = protocolFacts[protocol];
    for (let port = suggestedPort; port < suggestedPort + maxTries; port += 1) {
      if (given.has(port) || (await look(port, '127.0.0.1')) !== 'free') continue;
      const six = await look(port, '::1');
      if (six === 'taken') continue;
      given.add(port);
      found.push({ protocol, port, listen: six === 'free' ? port : `127.0.0.1:${port}` });
      break;
    }
  }
  return found;
}

/**
 * Finds the next port above one that is taken.
 *
 * @param address where it must be free
 * @param taken ports that must not be suggested, though nothing listens there at the moment
 * @returns undefined if none nearby is free
 */
export async function nextFreePort(
  address: string,
  above: number,
  taken: ReadonlySet<number>,
): Promise<number | undefined> {
  for (let port = above + 1; port <= Math.min(65_535, above + maxTries); port += 1) {
    if (!taken.has(port) && (await look(port, address)) === 'free') return port;
  }
  return undefined;
}

/** `absent`: this computer has no such address, or the port needs rights that we do not have. */
function look(port: number, host: string): Promise<'free' | 'taken' | 'absent'> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE' ? 'taken' : 'absent'));
    probe.listen({ host, port, exclusive: true, ipv6Only: host.includes(':') }, () =>
      probe.close(() => resolve('free')),
    );
  });
}
