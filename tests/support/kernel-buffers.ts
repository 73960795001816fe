import { existsSync, readFileSync } from 'node:fs';

/**
 * What the kernel holds at most between the two ends of a connection, in bytes: its buffers grow by themselves (tcp(7)), and how far
 * differs from one machine to the next.
 */
export function kernelBytes(): number {
  const largest = (name: string) => Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'latin1').trim().split(/\s+/)[2]);
  return existsSync('/proc/sys/net/ipv4/tcp_rmem') ? largest('tcp_rmem') + largest('tcp_wmem') : 16 * 1024 * 1024;
}
