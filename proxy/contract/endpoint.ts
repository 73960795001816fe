/** A port of a server, as the configuration names it. */
export interface Endpoint {
  server: string;
  port: number;
}

/**
 * The one spelling of a host name or address: lower case, without the root's dot, an internationalised name in its
 * ASCII form (RFC 5891 §4.4), an IPv6 address in its shortest form (RFC 5952). An attacker can answer under every
 * spelling, so what was seen of a server is kept under this one.
 */
export function canonicalServer(server: string): string {
  const bare = server.replace(/\.$/, '');
  try {
    // The WHATWG URL parser does all of it. Nothing is looked up.
    const { hostname } = new URL(`http://${bare.includes(':') ? `[${bare}]` : bare}/`);
    return hostname.replace(/^\[|\]$/g, '');
  } catch {
    return bare.toLowerCase();
  }
}

/**
 * The servers that an account's stored credentials were given for: they are sent to no others, whatever the
 * configuration says later.
 *
 * @returns their names in the canonical spelling, each once
 */
export function serversOf({ relays }: { relays: readonly { server: string }[] }): string[] {
  return [...new Set(relays.map(({ server }) => canonicalServer(server)))];
}

/**
 * Whether a row is about this server, however it is spelled.
 *
 * @param row stored, or read by programs outside; there the server is called `host`
 */
export function isSameServer({ server, port }: Endpoint, row: { host: string; port: number }): boolean {
  return row.port === port && (row.host === server || canonicalServer(row.host) === canonicalServer(server));
}
