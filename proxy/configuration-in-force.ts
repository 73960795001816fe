import { readPemFiles } from './config/pem-files.ts';
import type { Configuration } from './contract/index.ts';
import { createTlsContexts, type TlsContext } from './trust/tls/secure-upstream.ts';

/** The configuration by which everything goes now, and the TLS contexts that follow from it. */
export interface ConfigurationInForce {
  readonly current: Configuration;
  /** @param relay its name; empty for a server that is no relay's */
  tlsContext(relay: string): TlsContext;
  /** Whether a relay of the account names this server. */
  names(place: { account: string; server: string; port: number }): boolean;
  /**
   * Puts another configuration in the place of this one.
   *
   * @throws {ConfigurationError} when a file that it names is not what it should be; the old one stays then
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
    names: ({ account, server, port }) =>
      current.accounts.some(
        ({ name, relays }) =>
          name === account && relays.some((relay) => relay.server === server && relay.port === port),
      ),
    async replace(next) {
      tlsContexts = await contextsOf(next);
      current = next;
    },
  };
}
