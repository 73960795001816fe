import type { PosternEvent } from '../../proxy/contract/index.ts';
import type { StateStore } from '../../proxy/state/store.ts';
import { CommandProblem, UsageError } from '../cli/command.ts';
import { countStrangers, type Strangers } from '../http/strangers.ts';
import { parseMetricsAddress } from './address.ts';
import { createMetrics } from './metrics.ts';
import { type MetricsServer, openMetricsServer } from './server.ts';

/** A core that can be monitored from outside, from before its start until after its end. */
export interface Watched {
  /**
   * Serves from now on. Events from before are counted.
   *
   * @param report told how many connections were cut, and where
   * @throws {CommandProblem} when nothing can listen there
   */
  open(report: (at: string, count: number) => void): Promise<void>;
  hear(event: PosternEvent): void;
  /** The core is up. */
  ready(state: StateStore): void;
  /** It no longer accepts anything new. */
  stopping(): void;
  close(): Promise<void>;
}

/**
 * Health and metrics for `postern run --metrics`.
 *
 * @throws {UsageError} when it is not an address
 */
export function watchedAt(where: string, version: string): Watched {
  const address = parseMetricsAddress(where);
  if (address === null) {
    throw new UsageError(
      `--metrics expects an address and port such as 127.0.0.1:9469 or [::1]:9469, or the absolute path of a Unix socket.`,
    );
  }
  const metrics = createMetrics(version);
  let server: MetricsServer | null = null;
  let cut: Strangers | null = null;
  return {
    async open(report) {
      cut = countStrangers((count) => report('health and metrics', count));
      server = await openMetricsServer(address, metrics, cut.note).catch((error: NodeJS.ErrnoException) => {
        throw new CommandProblem(
          error.code === 'ENOTSOCK'
            ? `Metrics cannot be served: ${where} is there already, and is no socket. It stays as it is; choose another --metrics.`
            : `Metrics cannot be served at ${where} (${error.code}). Choose another --metrics.`,
        );
      });
    },
    hear: metrics.hear,
    ready(state) {
      metrics.watch(state);
      if (server) server.readiness = 'ready';
    },
    stopping() {
      if (server) server.readiness = 'stopping';
      cut?.end();
    },
    close: async () => server?.close(),
  };
}
