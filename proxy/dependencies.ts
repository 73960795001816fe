import type { PosternEvent } from './contract/index.ts';
import type { DnsQueries } from './discovery/dns.ts';
import type { Log } from './log/log.ts';
import type { Resolve } from './net/dial.ts';
import type { Download } from './net/download.ts';
import type { HandedSockets } from './net/handed-sockets.ts';
import type { HttpExchange } from './net/http-exchange.ts';
import type { AwaitReturn } from './oauth/return-address.ts';
import type { Keychain } from './vault/keychain.ts';

/** What a shell gives the core to work with. */
export interface ProxyDependencies {
  /** Holds `config.json`, `trust.json` and the files that the configuration names. */
  dataDirectory: string;
  /**
   * A configuration file that somebody else manages: it is never written, and the files that it names are beside it.
   */
  fixedConfiguration?: string;
  /** What suggested commands need to reach this core; see `CoreRow`. */
  commandOptions?: string;
  /** Listening sockets that the system opened for relays. */
  handed?: HandedSockets;
  log: Log;
  version: string;
  /** Receives every event of the contract. */
  emit?: (event: PosternEvent) => void;
  /** Resolves host names; the system's resolver by default. */
  resolve?: Resolve;
  /** Fetches lists of revoked certificates; without it, none are fetched. */
  download?: Download;
  /** Speaks HTTP, for searches and with the issuers of consents; without it, there are neither. */
  httpExchange?: HttpExchange;
  /** Waits for the browser to return from an issuer; without it, there are no consents. */
  awaitReturn?: AwaitReturn;
  /** Asked for the mail servers of a domain; this computer's name servers by default. */
  dns?: DnsQueries;
  /** Keeps the key of the vault; the system's own by default. */
  keychain?: Keychain;
  /** Where systemd puts the credentials of this service (`$CREDENTIALS_DIRECTORY`). */
  credentialsDirectory?: string | undefined;
  now?: () => Date;
}
