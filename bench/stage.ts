import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, issue, writeFiles } from '../tests/support/pki.ts';
import type { Answer, Order, Outcome } from './load/protocol.ts';
import type { ServerIdentity, ServerPorts } from './load/server.ts';
import { ask, type CpuSeconds, cpuSeconds, endAll, startOurs } from './processes.ts';
import type { Routes, Runner } from './relays.ts';

/** Everything that rows share: a certificate, the load server, the load client, a scratch directory. */
export interface Stage {
  directory: string;
  /** Files in PEM form. */
  files: { certificate: string; key: string; root: string };
  authorityPem: string;
  server: ServerPorts;
  serverPid: number;
  routes: Routes;
  /** Makes the client carry out an order. */
  order(order: Order): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  const files = writeFiles(directory, identity);
  const serverProcess = startOurs('./load/server.ts');
  const server = await ask<ServerPorts>(serverProcess, {
    certificate: identity.chainPem,
    key: identity.keyPem,
  } satisfies ServerIdentity);
  const client = startOurs('./load/client.ts');
  return {
    directory,
    files,
    authorityPem: authority.certPem,
    server,
    serverPid: serverProcess.pid ?? 0,
    routes: {
      implicit: { protocol: 'pop3', tls: 'implicit', port: server.pop3s },
      starttls: { protocol: 'pop3', tls: 'starttls', port: server.pop3 },
      send: { protocol: 'smtp', tls: 'implicit', port: server.smtps },
    },
    async order(order) {
      if (process.env.BENCH_TRACE !== undefined) process.stderr.write(`${JSON.stringify(order).slice(0, 120)}\n`);
      const answer = await ask<Answer>(client, order);
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.outcome;
    },
    async close() {
      await endAll();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What one order cost: the outcome, and the CPU seconds that the relay and the load server used for it. */
export interface Measured {
  outcome: Outcome;
  relayCpu: CpuSeconds;
  serverCpu: number;
}

export async function measure(stage: Stage, runner: Runner, order: Order): Promise<Measured> {
  const cpu = () => ({
    relay: runner.pid === null ? { all: 0, kernel: 0 } : cpuSeconds(runner.pid),
    server: cpuSeconds(stage.serverPid).all,
  });
  const before = cpu();
  const outcome = await stage.order(order);
  const after = cpu();
  return {
    outcome,
    relayCpu: { all: after.relay.all - before.relay.all, kernel: after.relay.kernel - before.relay.kernel },
    serverCpu: after.server - before.server,
  };
}
