import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** Where health and metrics are served: a TCP address, or the path of a Unix socket. */
export type MetricsAddress = { host: string; port: number } | { path: string };

/**
 * Reads `--metrics`: `127.0.0.1:9469`, `[::1]:9469`, `10.0.0.7:9469`, or an absolute path.
 *
 * @returns null when it is neither
 */
export function parseMetricsAddress(text: string): MetricsAddress | null {
  // Longer paths are cut short by the system without a word (unix(7)).
  if (isAbsolute(text)) return Buffer.byteLength(text) <= 107 ? { path: text } : null;
  const [, v6, v4, digits] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? v4 ?? '';
  const port = Number(digits);
  const family = isIP(host);
  return family !== 0 && (family === 6) === (v6 !== undefined) && port <= 65_535 ? { host, port } : null;
}
