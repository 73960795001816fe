import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { atEnd, scratchDirectory } from './clean-up.ts';
import { freePort } from './ports.ts';
import { type Postern, startPostern } from './postern.ts';
import { accepts, startService, until } from './service.ts';

/** One of several replicas behind a balancer. */
export interface Replica extends Postern {
  name: string;
  /** The ports of its mail listener and its health endpoint. */
  mail: number;
  health: number;
}

/**
 * A configuration managed by someone else that names no replica: each replica has a port, and is otherwise the same.
 */
export interface ReplicaSource {
  server: { server: string; address: string; port: number };
  /** IMAP over TLS from the first byte by default. */
  kind?: { protocol: 'imap' | 'smtp'; tls: 'implicit' | 'starttls' };
  /** A `trust.json` that no replica may write. */
  trust: string;
}

/** Starts a replica whose `trust.json` is mounted read-only, as a Secret is. Needs namespaces. */
export async function startReplica(name: string, { server, trust, kind }: ReplicaSource): Promise<Replica> {
  const folder = scratchDirectory(name);
  const [mail, health] = [await freePort(), await freePort()];
  const { protocol, tls } = kind ?? { protocol: 'imap', tls: 'implicit' };
  const relay = { name: protocol, protocol, tls, listen: `127.0.0.1:${mail}`, ...server };
  const fixed = join(folder, 'config.json');
  writeFileSync(
    fixed,
    JSON.stringify({
      version: 1,
      accounts: [{ name: 'Everybody', relays: [{ ...relay, proxyProtocol: ['127.0.0.1'] }] }],
      settings: { certificateDecisionSeconds: 0 },
    }),
  );
  const state = join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  copyFileSync(trust, join(state, 'trust.json'));
  const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
  const postern = await startPostern({
    fixed,
    dataDirectory: state,
    under: ['unshare', '--mount', 'sh', '-c', mount, join(state, 'trust.json')],
    more: ['--metrics', `127.0.0.1:${health}`],
  });
  return { ...postern, name, mail, health };
}

/** A real HAProxy in front of replicas. */
export interface Balancer {
  port: number;
  add(replica: Replica): Promise<void>;
  /** Gives it no new sessions. Resolves when its existing ones have ended. */
  drain(replica: Replica): Promise<void>;
}

/** @param replicas those that exist at the start */
export async function startHaproxy(replicas: readonly Replica[]): Promise<Balancer> {
  const folder = scratchDirectory('haproxy');
  const [port, socket, file] = [await freePort(), join(folder, 'admin'), join(folder, 'haproxy.cfg')];
  const server = ({ mail, health }: Replica) => `127.0.0.1:${mail} send-proxy-v2 check port ${health} inter 200ms`;
  writeFileSync(
    file,
    `
global
  stats socket ${socket} level admin
defaults
  mode tcp
  timeout connect 5s
  timeout client 5m
  timeout server 5m
  # Without it a look has no longer than the pause between two.
  timeout check 10s
  # A replica that is gone and was not missed yet: the next one gets the connection.
  retries 3
  option redispatch 1
frontend imap
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance leastconn
  option httpchk GET /healthz
  # With leastconn a dead one would attract everybody until the next look.
  default-server fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down
${replicas.map((replica) => `  server ${replica.name} ${server(replica)}`).join('\n')}
`,
  );
  await startService('haproxy', ['-db', '-f', file], { isReady: () => accepts(port) });
  async function tell(command: string): Promise<string> {
    const admin = createConnection(socket);
    atEnd(() => void admin.destroy());
    admin.end(`${command}\n`);
    return text(admin);
  }
  const isUp = async (name: string) => (await tell('show servers state replicas')).match(`${name} \\S+ 2 `) !== null;
  await until(async () => (await Promise.all(replicas.map(({ name }) => isUp(name)))).every(Boolean), 'all are up');
  return {
    port,
    async add(replica) {
      for (const command of [
        `add server replicas/${replica.name} ${server(replica)} check`,
        `enable server replicas/${replica.name}`,
        `enable health replicas/${replica.name}`,
      ]) {
        const answer = await tell(command);
        if (answer.trim() !== '' && !/registered/.test(answer)) throw new Error(`${command}: ${answer}`);
      }
      await until(() => isUp(replica.name), `${replica.name} is up`);
    },
    async drain(replica) {
      await tell(`set server replicas/${replica.name} state drain`);
      const line = new RegExp(`^replicas,${replica.name},\\d*,\\d*,0,`, 'm');
      await until(async () => line.test(await tell('show stat')), `${replica.name} is empty`);
    },
  };
}
