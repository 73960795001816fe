import { lookup as systemLookup } from 'node:dns';
import net, { isIP } from 'node:net';
import type { Finding } from '../contract/index.ts';
import { BoundedMap } from '../state/bounded-map.ts';
import { orAborted } from './or-aborted.ts';
import { Refused } from './refused.ts';

/**
 * Where to connect. `server` is the configured name, for messages; `address` is what is looked up and dialled: a host
 * name or an IP address.
 */
export interface DialTarget {
  server: string;
  address: string;
  port: number;
}

/**
 * Resolves a host name to its addresses, in the system's order of preference. `forget` drops the cached answers for a
 * name, or all, where there is a cache.
 */
export type Resolve = ((name: string) => Promise<string[]>) & { forget?(name?: string): void };

/** The head start of one address over the next (RFC 8305 §5: "Connection Attempt Delay", 250 ms recommended). */
const headStartMilliseconds = 250;

/** First probe of TCP keep-alive: a dead line is noticed, and idle NAT entries stay, while IMAP IDLE waits for hours. */
const keepAliveMilliseconds = 60_000;

/** The most addresses tried: the deadline would end the attempt anyway. */
const maxAddresses = 8;

/** One of the four threads is left for the disk. */
const maxLookUpsAtOnce = 3;

/**
 * One look-up for everyone waiting for the same name. Each occupies a worker thread until the system gives up, which
 * can take half a minute, and there are four, shared with the disk: a silent name server would hold up everything else.
 */
export function joinLookUps(resolve: Resolve): Resolve {
  const underWay = new Map<string, Promise<string[]>>();
  const queue: (() => void)[] = [];
  let running = 0;

  async function inTurn(name: string): Promise<string[]> {
    if (running === maxLookUpsAtOnce) await new Promise<void>((start) => queue.push(start));
    else running += 1;
    try {
      return await resolve(name);
    } finally {
      // The slot passes to the next look-up.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return (name) => {
    const known = underWay.get(name);
    if (known) return known;
    const asked = inTurn(name).finally(() => underWay.delete(name));
    underWay.set(name, asked);
    return asked;
  };
}

/**
 * How long an answer is reused. The system does not reveal the TTL, and without a cache of its own asks the network
 * each time: a round trip for each connection that a mail program opens in a row.
 */
const keptMilliseconds = 30_000;
/** More hosts than anyone has accounts. */
const maxKept = 200;

/** Keeps answers for a short time. Those that led to no connection are forgotten by {@link dial}. */
export function keepAnswers(resolve: Resolve, milliseconds = keptMilliseconds): Resolve {
  const kept = new BoundedMap<string, { addresses: string[]; until: number }>(maxKept);
  const ask = async (name: string) => {
    const known = kept.get(name);
    if (known && performance.now() < known.until) return known.addresses;
    kept.delete(name);
    const addresses = await resolve(name);
    if (addresses.length > 0) kept.set(name, { addresses, until: performance.now() + milliseconds });
    return addresses;
  };
  return Object.assign(ask, {
    forget(name?: string) {
      if (name === undefined) kept.clear();
      else kept.delete(name);
    },
  });
}

/** The operating system's resolver: `/etc/hosts`, mDNS and VPN rules apply, as for every other program. */
export const resolveBySystem: Resolve = keepAnswers(
  joinLookUps(
    (name) =>
      new Promise((resolve, reject) => {
        systemLookup(name, { all: true, order: 'verbatim' }, (error, addresses) => {
          if (error) reject(error);
          else resolve(addresses.map(({ address }) => address));
        });
      }),
  ),
);

/**
 * Connects to the server, racing its addresses (RFC 8305): IPv6 and IPv4 alternate, each gets a head start, the first
 * to connect wins and the others are dropped.
 *
 * @throws Refused `upstream-unreachable`, or the signal's reason
 */
export async function dial(target: DialTarget, resolve: Resolve, signal: AbortSignal): Promise<net.Socket> {
  const addresses = interleave(await lookUp(target, resolve, signal)).slice(0, maxAddresses);
  try {
    return await race(target, addresses, signal);
  } catch (error) {
    resolve.forget?.(target.address);
    throw error;
  }
}

async function lookUp(target: DialTarget, resolve: Resolve, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  if (isIP(target.address)) return [target.address];
  try {
    const addresses = await orAborted(resolve(target.address), signal);
    if (addresses.length > 0) return addresses;
    throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  } catch (error) {
    signal.throwIfAborted();
    const missing = (error as NodeJS.ErrnoException).code === 'ENOTFOUND';
    const code = missing ? 'dns-not-found' : 'dns-failing';
    throw new Refused('upstream-unreachable', { code, facts: { host: target.address } }, target, { cause: error });
  }
}

/** Alternates address families, beginning with the family that the resolver put first (RFC 8305 §4). */
export function interleave(addresses: readonly string[]): string[] {
  const first = addresses[0];
  if (first === undefined) return [];
  const preferred = addresses.filter((address) => isIP(address) === isIP(first));
  const other = addresses.filter((address) => isIP(address) !== isIP(first));
  return preferred
    .flatMap((address, index) => [address, other[index]].filter((entry) => entry !== undefined))
    .concat(other.slice(preferred.length));
}

function connectTo(address: string, port: number): net.Socket {
  return net.connect({
    host: address,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMilliseconds,
  });
}

function race(target: DialTarget, addresses: string[], signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const running = new Set<net.Socket>();
    const failures: Error[] = [];
    let next = 0;
    let timer: NodeJS.Timeout | undefined;

    const finish = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      for (const loser of running) loser.destroy();
      running.clear();
      act();
    };
    const abort = () => finish(() => reject(signal.reason));
    const startNext = () => {
      clearTimeout(timer);
      const address = addresses[next];
      if (address === undefined) return;
      next += 1;
      const transport = connectTo(address, target.port);
      running.add(transport);
      transport.once('error', (error) => {
        if (!running.delete(transport)) return;
        failures.push(error);
        if (next < addresses.length) startNext();
        else if (running.size === 0) finish(() => reject(unreachable(target, failures)));
      });
      transport.once('connect', () => {
        running.delete(transport);
        finish(() => resolve(transport));
      });
      if (next < addresses.length) timer = setTimeout(startNext, headStartMilliseconds);
    };

    signal.addEventListener('abort', abort, { once: true });
    startNext();
  });
}

/** What the system's error codes mean; the first one that an address failed with counts. */
const codes: Record<string, Finding> = {
  ECONNREFUSED: { code: 'connection-refused' },
  ENETUNREACH: { code: 'network-unreachable' },
  EHOSTUNREACH: { code: 'network-unreachable' },
  ETIMEDOUT: { code: 'server-timeout' },
  ECONNRESET: { code: 'server-closed' },
};

function unreachable(target: DialTarget, failures: Error[]): Refused {
  const found = failures.map((failure) => (failure as NodeJS.ErrnoException).code ?? '');
  const code = found.find((candidate) => candidate in codes) ?? found[0] ?? '';
  const finding = codes[code] ?? { code: 'network-unreachable', facts: code === '' ? {} : { error: code } };
  return new Refused('upstream-unreachable', finding, target, { cause: failures[0] });
}
