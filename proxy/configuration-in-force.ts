import { readPemFiles } from './config/pem-files.ts';
import { type Configuration, type Endpoint, isSameServer } from './contract/index.ts';
import { createTlsContexts, type TlsContext } from './trust/tls/secure-upstream.ts';

/** The configuration in force, and the TLS contexts derived from it. */
export interface ConfigurationInForce {
  readonly current: Configuration;
  /** @param relay its name; empty for a server that belongs to no relay */
  tlsContext(relay: string): TlsContext;
  /** Whether a relay names this server, in any account and spelling. */
  names(server: Endpoint): boolean;
  /**
   * Replaces this configuration by another.
   *
   * @throws {ConfigurationError} when a file that it names is not what it should be; the old one then stays in force
   */
  replace(next: Configuration): Promise<void>;
}

/** @throws {ConfigurationError} when a file that it names is not what it should be */
export async function putInForce(initial: Configuration, dataDirectory: string): Promise<ConfigurationInForce> {
  const contextsOf = async (one: Configuration) => createTlsContexts(await readPemFiles(one, dataDirectory));
  let current = initial;
  let tlsContexts = await contextsOf(initial);
  return {
    get current() {
      return current;
    },
    tlsContext: (relay) => tlsContexts.of(relay),
    names: (server) =>
      current.accounts.some(({ relays }) =>
        relays.some(({ server: host, port }) => isSameServer(server, { host, port })),
      ),
    async replace(next) {
      tlsContexts = await contextsOf(next);
      current = next;
    },
  };
}
