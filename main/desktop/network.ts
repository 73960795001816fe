import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** How often this computer's addresses are checked, in milliseconds: no system call reports a change. */
const every = 5_000;

/** What identifies a network for our purposes: the addresses that lead out of this computer. */
export function networkOf(interfaces: Interfaces): string {
  return Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
    .sort()
    .join(' ');
}

/** Calls back when this computer has moved to another network. @returns a function that stops it */
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
