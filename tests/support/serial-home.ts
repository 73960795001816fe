import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { startCompanion } from '../faults/namespaces.ts';
import { atEnd, scratchDirectory } from './clean-up.ts';
import { needNamespaces } from './needs.ts';
import { createAuthority, issue, writeFiles } from './pki.ts';
import { type Postern, startPostern } from './postern.ts';
import { mustRun, type Ran, runProgram } from './programs.ts';

/** The built product on a computer of its own, for one machine at the other end of a line. */
export interface SerialHome {
  postern: Postern;
  /** The computer's own address and the machine's on the line. */
  here: string;
  there: string;
  ports: { smtp: number; pop3: number };
  /** The `curl` options that sign in. */
  signIn: readonly string[];
  /** Runs a command of the product there. */
  command(...words: string[]): Promise<Ran>;
}

const password = 'goldammer-71c3';
const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

/** Creates a network namespace with nothing but its loopback. It is removed at the end of the test file. */
export async function openNamespace(name: string): Promise<string> {
  needNamespaces();
  const namespace = `postern-${name}-${process.pid}`;
  await mustRun('ip', ['netns', 'add', namespace]);
  atEnd(() => mustRun('ip', ['netns', 'delete', namespace]));
  await mustRun('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  return namespace;
}

/**
 * Starts the product in a namespace, with a server that it sends to by SMTP and reads from by POP3.
 *
 * @param line the addresses at both ends; the near one must be there
 */
export async function startSerialHome(
  namespace: string,
  { here, there }: Pick<SerialHome, 'here' | 'there'>,
): Promise<SerialHome> {
  const directory = scratchDirectory('serial-home');
  const authority = createAuthority();
  const files = writeFiles(directory, issue(authority, { names: ['localhost'] }));
  const sink = fileURLToPath(new URL('./mail-sink.ts', import.meta.url));
  const server = startCompanion(namespace, process.execPath, sink, files.certificate, files.key, password);
  const { port, pop3 } = (await server.hear()) as { port: number; pop3: number };
  const at = { listen: `${here}:0`, server: 'localhost', address: '127.0.0.1', tls: 'implicit' } as const;
  const configuration: ConfigurationInput = {
    version: 1,
    accounts: [
      {
        name: 'Old',
        relays: [
          { ...at, name: 'old-smtp', protocol: 'smtp', port, lan: { allow: [there] } },
          { ...at, name: 'old-pop3', protocol: 'pop3', port: pop3, lan: { allow: [there], reading: true } },
        ],
      },
    ],
    certificateAuthorities: ['root.pem'],
  };
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), authority.certPem);
  const under: [string, ...string[]] = ['ip', 'netns', 'exec', namespace];
  const postern = await startPostern({ configuration, dataDirectory, under });
  const portOf = (name: string) =>
    postern.events.flatMap((event) => (event.event === 'listening' && event.relay === name ? [event.port] : []))[0] ??
    0;
  return {
    postern,
    here,
    there,
    ports: { smtp: portOf('old-smtp'), pop3: portOf('old-pop3') },
    signIn: ['-u', `user:${password}`],
    command: (...words) =>
      runProgram('ip', [...under.slice(1), process.execPath, program, ...words, '--data-dir', dataDirectory]),
  };
}
