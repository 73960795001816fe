import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** How often the addresses of this computer are looked at, in milliseconds: no system call tells of a change. */
const every = 5_000;

/** The network as far as a change of it matters: the addresses that lead out of this computer. */
export function networkOf(interfaces: Interfaces): string {
  return Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
    .sort()
    .join(' ');
}

/** Calls back when this computer came to be in another network. @returns a function that ends it */
export function watchNetwork(read: () => Interfaces, changed: () => void): () => void {
  let known = networkOf(read());
  const timer = setInterval(() => {
    const now = networkOf(read());
    if (now === known) return;
    known = now;
    changed();
  }, every);
  return () => clearInterval(timer);
}
