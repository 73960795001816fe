import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { heapOption } from '../main/heap.ts';
import type { ConfigurationInput } from '../proxy/contract/index.ts';
import { program, runCore } from './core.ts';
import type { Routes, Runner } from './relays.ts';
import { measure, type Stage } from './stage.ts';
import { median, type Rows } from './statistics.ts';

/** Two accounts of one core at the same server. */
interface Stored {
  /** Postern signs in with a password that it keeps. */
  stored: Runner;
  /** The mail program signs in itself. */
  passed: Runner;
  /** What the mail program gives Postern for the stored account. */
  localPassword: string;
}

const account = 'Stored';
const measured = ['implicit', 'implicit-40'];

/** The built product with a stored account and one of the usual kind. */
export async function startStored(routes: Routes, directory: string, authority: string): Promise<Stored> {
  const relays = (prefix: string) =>
    Object.entries(routes)
      .filter(([route]) => measured.includes(route))
      .map(([route, { port, protocol, tls }]) => {
        const place = { protocol, tls, port, server: 'localhost', address: '127.0.0.1', listen: '127.0.0.1:0' };
        return { name: `${prefix} ${route}`, ...place };
      });
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      { name: account, signIn: { kind: 'stored', user: 'load' }, relays: relays('stored') },
      { name: 'Passed', relays: relays('passed') },
    ],
    certificateAuthorities: [authority],
    settings: { maxConnections: 2000 },
  };
  // A key of its own, so that the bench leaves nothing in the keychain of the person who runs it.
  const credentials = join(directory, 'credentials');
  mkdirSync(credentials, { mode: 0o700 });
  writeFileSync(join(credentials, 'postern-vault-key'), randomBytes(32), { mode: 0o600 });
  const data = join(directory, 'stored');
  const environment = { CREDENTIALS_DIRECTORY: credentials };
  const { child, ports } = await runCore(data, configuration, { flags: [heapOption], environment });
  const accounts = (input: string, ...words: string[]) =>
    execFileSync(process.execPath, [program, 'accounts', ...words, '--data-dir', data], { input, encoding: 'utf8' });
  accounts('load\n', 'sign-in', account, '--password-stdin');
  const localPassword = accounts('', 'local-password', account).trim();
  const runner = (prefix: string): Runner => ({
    name: 'Postern',
    pid: child.pid ?? null,
    child,
    port: (route) => ports.get(`${prefix} ${route}`) ?? null,
  });
  return { stored: runner('stored'), passed: runner('passed'), localPassword };
}

/** Bulk and the time to signed in of an account that Postern signs in for, next to one that signs in itself. */
export async function runStored(
  stage: Stage,
  { stored, passed, localPassword }: Stored,
  rows: Rows,
  mebibytes: number,
): Promise<void> {
  const ways = [
    { id: 'stored', who: 'signed in by Postern', runner: stored, password: localPassword },
    { id: 'passed', who: 'signed in by the program', runner: passed, password: 'load' },
  ];
  for (const direction of ['down', 'up'] as const) {
    const samples = new Map<string, { speeds: number[]; cpu: number[] }>(
      ways.map(({ id }) => [id, { speeds: [], cpu: [] }]),
    );
    // Back and forth, so that a machine that becomes slower or faster in the meantime favours neither.
    for (const { id, runner, password } of [...ways, ...ways.toReversed()]) {
      const port = runner.port('implicit');
      if (port === null) continue;
      const bytes = (mebibytes * 1024 * 1024) / 2;
      const order = {
        kind: 'bulk' as const,
        port,
        authority: null,
        connections: 1,
        direction,
        bytes,
        record: 16 * 1024,
      };
      const { outcome, relayCpu } = await measure(stage, runner, { ...order, password });
      samples.get(id)?.speeds.push(bytes / 1024 ** 2 / (outcome.milliseconds / 1000));
      samples.get(id)?.cpu.push(relayCpu.all / (bytes / 1024 ** 3));
    }
    for (const { id, who } of ways) {
      const title = `bulk ${direction}, one connection, ${who}`;
      const { speeds, cpu } = samples.get(id) ?? { speeds: [], cpu: [] };
      rows.of(`${id}-${direction}`, title, 'MiB/s').add('Postern', median(speeds));
      rows.of(`${id}-${direction}-cpu`, `${title}: CPU of the relay`, 's/GiB').add('Postern', median(cpu));
    }
  }
  for (const { route, title, count } of setUps) {
    for (const { id, who, runner, password } of ways) {
      const port = runner.port(route);
      if (port === null) continue;
      const order = { kind: 'set-up' as const, port, authority: null, count, together: 1, password };
      const { samples } = await stage.order(order);
      rows
        .of(`signed-in-${id}-${route}`, `${title}, ${who}: connect to signed in`, 'ms')
        .add('Postern', median(samples['signed in'] ?? []));
    }
  }
}

const setUps = [
  { route: 'implicit', title: 'implicit TLS, 0 ms', count: 30 },
  { route: 'implicit-40', title: 'implicit TLS, 40 ms', count: 5 },
];
