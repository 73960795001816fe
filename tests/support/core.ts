import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Configuration, type ConfigurationInput, configurationSchema } from '../../proxy/contract/index.ts';
import { createProxy, type PosternCore } from '../../proxy/index.ts';
import { createLog } from '../../proxy/log/log.ts';
import type { Resolve as ResolveHost } from '../../proxy/net/dial.ts';
import type { Download } from '../../proxy/net/download.ts';
import type { HttpExchange } from '../../proxy/net/http-exchange.ts';
import { noKeychain } from '../vault/support/keychains.ts';
import { atEnd, scratchDirectory } from './clean-up.ts';
import { createEventRecord, type EventRecord } from './event-record.ts';
import type { Identity } from './pki.ts';

type RelayInput = ConfigurationInput['accounts'][number]['relays'][number];

/** The core inside the test's own process, with all its events. */
export interface Core extends Omit<EventRecord, 'add'> {
  proxy: PosternCore;
  dataDirectory: string;
  /** Stops it at once and waits until the log is on the disk. */
  stop(): Promise<void>;
}

/** A relay with the values that most tests want: server `localhost`, dialled at 127.0.0.1, any free port. */
export function relayTo(
  upstream: { port: number; protocol: RelayInput['protocol']; tls: RelayInput['tls'] },
  more: Partial<RelayInput> = {},
): RelayInput {
  const { port, protocol, tls } = upstream;
  return {
    name: 'relay',
    protocol,
    tls,
    port,
    server: 'localhost',
    address: '127.0.0.1',
    listen: '127.0.0.1:0',
    ...more,
  };
}

/**
 * Starts the core. It is stopped at the end of the test file.
 *
 * @param options.authority trusted in addition to the public ones
 */
export async function startCore(options: {
  relays?: RelayInput[];
  accounts?: ConfigurationInput['accounts'];
  settings?: ConfigurationInput['settings'];
  authority?: Identity;
  dataDirectory?: string;
  resolve?: ResolveHost;
  download?: Download;
  httpExchange?: HttpExchange;
  logLevel?: Configuration['settings']['logLevel'];
  now?: () => Date;
}): Promise<Core> {
  const {
    dataDirectory = join(scratchDirectory('core'), 'data'),
    authority,
    resolve,
    download,
    httpExchange,
    now,
  } = options;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (authority) writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem, { mode: 0o600 });
  const configuration = configurationSchema.parse({
    version: 1,
    accounts: options.accounts ?? [{ name: 'Account', relays: options.relays ?? [] }],
    certificateAuthorities: authority ? ['root.pem'] : [],
    settings: { certificateDecisionSeconds: 0, ...options.settings },
  });
  const record = createEventRecord();
  const log = createLog({ directory: join(dataDirectory, 'logs'), level: configuration.settings.logLevel });
  const proxy = await createProxy(configuration, {
    dataDirectory,
    log,
    version: '0.0.0',
    emit: record.add,
    // Nothing from a test belongs in the keychain of the person who runs it.
    keychain: noKeychain,
    ...(resolve ? { resolve } : {}),
    ...(download ? { download } : {}),
    ...(httpExchange ? { httpExchange } : {}),
    ...(now ? { now } : {}),
  });
  await proxy.start();
  const stop = async () => {
    await proxy.stop(0);
    await log.close();
  };
  atEnd(stop);
  return { ...record, proxy, stop, dataDirectory };
}
