import { type ChildProcess, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { heapOption } from '../main/heap.ts';
import type { ConfigurationInput, PosternEvent } from '../proxy/contract/index.ts';
import { runCore } from './core.ts';
import type { BareOrder, BarePorts } from './load/bare.ts';
import { ask, freePort, type HowToStart, startOurs, startProgram, untilAccepts } from './processes.ts';

/** A relay's destination: a port of a server, and how TLS begins there. */
export interface Route {
  protocol: 'pop3' | 'smtp' | 'imap' | 'nntp' | 'ldap';
  tls: 'implicit' | 'starttls';
  port: number;
}

/** A running relay, or none: then the client speaks TLS itself. */
export interface Runner {
  name: string;
  /** Null for the direct connection. */
  pid: number | null;
  /** Where the client connects for a route; null where this relay cannot serve it. */
  port(route: string): number | null;
  child: ChildProcess | null;
}

export type Routes = Record<string, Route>;

/** The client connects to the server itself, with TLS. */
export function direct(routes: Routes): Runner {
  return {
    name: 'direct TLS',
    pid: null,
    child: null,
    port: (route) => (routes[route]?.tls === 'implicit' ? routes[route].port : null),
  };
}

/** stunnel as a client that, like Postern, verifies chain and name. */
export async function startStunnel(routes: Routes, directory: string, authority: string): Promise<Runner> {
  const ports = await portsFor(Object.keys(routes));
  const lines = ['foreground = yes', 'pid =', 'debug = err', 'client = yes', 'sessionResume = no'];
  for (const [name, { port, protocol, tls }] of Object.entries(routes)) {
    lines.push(
      `[${name}]`,
      `accept = 127.0.0.1:${ports.get(name)}`,
      `connect = 127.0.0.1:${port}`,
      `CAfile = ${authority}`,
      'verifyChain = yes',
      'checkHost = localhost',
      'sni = localhost',
      ...(tls === 'starttls' ? [`protocol = ${protocol}`] : []),
    );
  }
  const file = join(directory, 'stunnel.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return started('stunnel', startProgram('stunnel4', [file]), ports);
}

/** HAProxy passing TCP on to a server over TLS. It cannot do STARTTLS. */
export async function startHaproxy(routes: Routes, directory: string, authority: string): Promise<Runner> {
  const implicit = Object.entries(routes).filter(([, { tls }]) => tls === 'implicit');
  const ports = await portsFor(implicit.map(([name]) => name));
  const lines = [
    'global',
    '  maxconn 4000',
    'defaults',
    '  mode tcp',
    '  timeout connect 15s',
    '  timeout client 30m',
    '  timeout server 30m',
  ];
  for (const [name, { port }] of implicit) {
    lines.push(
      `listen ${name}`,
      `  bind 127.0.0.1:${ports.get(name)}`,
      `  server upstream 127.0.0.1:${port} ssl verify required ca-file ${authority} verifyhost localhost sni str(localhost) no-ssl-reuse`,
    );
  }
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return started('HAProxy', startProgram('haproxy', ['-db', '-f', file]), ports);
}

/**
 * Node alone: what Postern would cost if it did nothing of its own. Implicit TLS only; `implicit-existing` is the same with
 * TLS put on a connection that stands already.
 */
export async function startBare({ implicit }: Routes, authority: string, how: HowToStart = {}): Promise<Runner> {
  const child = startOurs('./load/bare.ts', how);
  const order: BareOrder = { port: implicit?.port ?? 0, authority };
  const { port, existing } = await ask<BarePorts>(child, order);
  const ports = new Map([
    ['implicit', port],
    ['implicit-existing', existing],
  ]);
  return { name: 'Node alone', pid: child.pid ?? null, child, port: (route) => ports.get(route) ?? null };
}

interface PosternOptions extends HowToStart {
  name?: string;
  /** Keeps a spare connection for each relay. */
  spares?: boolean;
  /** Does not ask whose program connects. */
  anyUser?: boolean;
  /** Serves the window, and has it opened once. */
  window?: boolean;
  maxConnections?: number;
}

/** The built product. */
export async function startPostern(
  routes: Routes,
  directory: string,
  authority: string,
  options: PosternOptions = {},
): Promise<Runner> {
  const { name = 'Postern', spares = false, anyUser = false, window = false, maxConnections = 2000 } = options;
  const { flags = [], environment = {} } = options;
  const relays = Object.entries(routes).map(([name, { port, protocol, tls }]) => ({
    name,
    protocol,
    tls,
    port,
    server: 'localhost',
    address: '127.0.0.1',
    listen: '127.0.0.1:0',
  }));
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [{ name: 'Bench', relays }],
    certificateAuthorities: [authority],
    settings: {
      maxConnections,
      ...(spares ? { spareConnections: true } : {}),
      ...(anyUser ? { ownUserOnly: false } : {}),
    },
  };
  const hears = (event: PosternEvent) => {
    if (event.event === 'refused') process.stderr.write(`Postern refused: ${event.message}\n`);
  };
  const {
    child,
    ports,
    window: link,
  } = await runCore(join(directory, name), configuration, {
    ...{ window, hears, environment },
    flags: [heapOption, ...flags],
  });
  if (link !== undefined) await (await fetch(link)).text();
  return { name, pid: child.pid ?? null, child, port: (route) => ports.get(route) ?? null };
}

/** Waits until a relay accepts on all of its ports. @param ports by route */
export async function started(name: string, child: ChildProcess, ports: ReadonlyMap<string, number>): Promise<Runner> {
  for (const port of ports.values()) await untilAccepts(port, child);
  return { name, pid: child.pid ?? null, child, port: (route) => ports.get(route) ?? null };
}

async function portsFor(names: string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  return ports;
}

/** The versions of what is measured, as the programs report them. */
export function versions(): Record<string, string> {
  const told = (command: string, args: string[], pattern: RegExp) => {
    try {
      const text = execFileSync('sh', ['-c', `${command} ${args.join(' ')} 2>&1`], { encoding: 'utf8' });
      return pattern.exec(text)?.[1] ?? 'unknown';
    } catch {
      return 'unknown';
    }
  };
  return {
    Node: process.version,
    OpenSSL: process.versions.openssl,
    stunnel: told('stunnel4', ['-version'], /stunnel (\S+)/),
    HAProxy: told('haproxy', ['-v'], /version (\S+)/),
    Dovecot: told('dovecot', ['--version'], /^(\S+)/),
  };
}
