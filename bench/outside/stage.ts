import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Order, Outcome } from '../load/protocol.ts';
import type { Stage } from '../stage.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('load.c', import.meta.url));

/**
 * Compiles the load program with the system's compiler.
 *
 * @returns its path
 * @throws {Error} where there is no compiler, or OpenSSL's headers are missing; the message says what to install
 */
export function buildLoad(directory: string): string {
  const program = join(directory, 'load');
  const flags = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror'];
  try {
    execFileSync('cc', [...flags, source, '-o', program, '-lssl', '-lcrypto', '-lpthread'], { stdio: 'inherit' });
  } catch (error) {
    const what = 'a C compiler and OpenSSL’s headers (on Debian: apt-get install gcc libc6-dev libssl-dev)';
    throw new Error(`The load program in C could not be built. It takes ${what}.`, { cause: error });
  }
  return program;
}

/**
 * The same stage with another load server and client: the ones in C.
 *
 * @param stage whose certificate they use
 */
export async function openOutsideStage(stage: Stage, program: string): Promise<Stage> {
  const { certificate, key, root } = stage.files;
  const server = spawn(program, ['serve', certificate, key], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: server.stdout }), 'line');
  const ports: { pop3s: number; pop3: number } = JSON.parse(String(line));
  return {
    ...stage,
    serverPid: server.pid ?? 0,
    server: { ...stage.server, ...ports },
    routes: {
      implicit: { protocol: 'pop3', tls: 'implicit', port: ports.pop3s },
      starttls: { protocol: 'pop3', tls: 'starttls', port: ports.pop3 },
    },
    async order(order) {
      const { stdout } = await run(program, words(order, root), { maxBuffer: 16 * 1024 * 1024 });
      return JSON.parse(stdout) as Outcome;
    },
    async close() {
      const ended = once(server, 'exit');
      server.stdin.end();
      await ended;
    },
  };
}

function words(order: Order, root: string): string[] {
  const authority = 'authority' in order && order.authority !== null ? [root] : [];
  switch (order.kind) {
    case 'bulk': {
      const { port, direction, bytes, record, connections } = order;
      return ['bulk', port, direction, bytes, record, connections].map(String).concat(authority);
    }
    case 'round-trips':
      return ['round-trips', order.port, order.count].map(String).concat(authority);
    case 'set-up':
      return ['set-up', order.port, order.count, order.together].map(String).concat(authority);
    default:
      throw new Error(`The load program in C knows no ${order.kind}.`);
  }
}
