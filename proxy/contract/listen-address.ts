import { bytesOf, canonical, isLinkLocal, isLoopback, isPrivate } from './local-address.ts';

/**
 * An address of this computer to listen on, with a port from 0 to 65535. A link-local one has its zone: `fe80::1%eth0`.
 */
export interface ListenAddress {
  address: string;
  port: number;
}

/** What `listen` may look like; its numbers are checked where it is read. */
export const listenPattern =
  /^(?:tls:\/\/)?(?:(\d{1,3}(?:\.\d{1,3}){3}):|\[([0-9a-fA-F:]+)(%[\w.-]{1,15})?\]:)?(\d{1,5})$/;

/**
 * Reads `listen`: `"127.0.0.1:1143"`, `"[::1]:1143"`, `"1143"` or `1143` (a bare port means both loopback addresses); and for
 * devices `"192.168.7.1:587"`, `"[fe80::1%eth0]:587"`, with TLS from the first byte `"tls://192.168.7.1:465"`.
 *
 * @returns the addresses to listen on, or null when the text is neither a loopback nor a private address with a port.
 */
export function parseListen(listen: string | number): ListenAddress[] | null {
  const [whole, v4, v6, zone = '', digits] = listenPattern.exec(String(listen)) ?? [];
  const port = Number(digits);
  if (whole === undefined || port > 65_535) return null;
  const host = v4 ?? v6;
  if (host === undefined) return ['127.0.0.1', '::1'].map((address) => ({ address, port }));
  if (bytesOf(host) === null || (zone !== '') !== isLinkLocal(host)) return null;
  return isLoopback(host) || isPrivate(host) ? [{ address: `${canonical(host)}${zone}`, port }] : null;
}

/** Whether only this computer can reach what listens there. */
export function listensHereOnly(places: readonly ListenAddress[]): boolean {
  return places.every(({ address }) => !address.includes('%') && isLoopback(address));
}

/** Reads `listen` on all addresses of the computer: `"0.0.0.0:143"`, `"[::]:143"`; null for any other. */
export function parseListenEverywhere(listen: string | number): ListenAddress[] | null {
  const [, address, v6, digits] = /^(?:tls:\/\/)?(?:(0\.0\.0\.0)|\[(::)\]):(\d{1,5})$/.exec(String(listen)) ?? [];
  const port = Number(digits);
  return port <= 65_535 ? [{ address: address ?? v6 ?? '', port }] : null;
}

/** Whether `listen` asks for TLS from the first byte, with a certificate of Postern's own. */
export function listensInTls(listen: string | number): boolean {
  return String(listen).startsWith('tls://');
}

/** Where a relay listens, by its checked configuration. */
export function listenPlaces({ listen }: { listen: string | number }): ListenAddress[] {
  return parseListen(listen) ?? parseListenEverywhere(listen) ?? [];
}
