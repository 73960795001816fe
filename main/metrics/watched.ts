import type { PosternEvent } from '../../proxy/contract/index.ts';
import type { StateStore } from '../../proxy/state/store.ts';
import { CommandProblem, UsageError } from '../cli/command.ts';
import { parseMetricsAddress } from './address.ts';
import { createMetrics } from './metrics.ts';
import { openMetricsServer } from './server.ts';

/** A core that can be monitored from outside, from before its start until after its end. */
export interface Watched {
  hear(event: PosternEvent): void;
  /** The core is up. */
  ready(state: StateStore): void;
  /** It no longer accepts anything new. */
  stopping(): void;
  close(): Promise<void>;
}

/**
 * Opens health and metrics for `postern run --metrics`.
 *
 * @throws {UsageError} when it is not an address
 * @throws {CommandProblem} when nothing can listen there
 */
export async function watchedAt(where: string, version: string): Promise<Watched> {
  const address = parseMetricsAddress(where);
  if (address === null) {
    throw new UsageError(
      `--metrics expects an address and port such as 127.0.0.1:9469 or [::1]:9469, or the absolute path of a Unix socket.`,
    );
  }
  const metrics = createMetrics(version);
  const server = await openMetricsServer(address, metrics).catch((error: NodeJS.ErrnoException) => {
    throw new CommandProblem(`Metrics cannot be served at ${where} (${error.code}). Choose another --metrics.`);
  });
  return {
    hear: metrics.hear,
    ready(state) {
      metrics.watch(state);
      server.readiness = 'ready';
    },
    stopping() {
      server.readiness = 'stopping';
    },
    close: server.close,
  };
}
