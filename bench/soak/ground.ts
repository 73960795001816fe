import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { type CoreClient, connectCore } from '../../main/http/client.ts';
import type { ConfigurationInput, PosternEvent, Snapshot } from '../../proxy/contract/index.ts';
import { createAuthority, type Identity, issue, selfSigned, writeFiles } from '../../tests/support/pki.ts';
import { runCore } from '../core.ts';
import { type Mailbox, startMailbox } from '../dovecot.ts';
import { freePort } from '../processes.ts';

/** The relays of a soak: two honest ones, and five that each misbehave in their own way. */
export const honestRelays = ['fetch', 'send'] as const;
export const refusedRelays = ['plaintext', 'no-starttls', 'dead'] as const;
export const questionedRelays = ['answered', 'ignored'] as const;

/** The product and the servers behind it. */
export interface Ground {
  child: ChildProcess;
  pid: number;
  core: CoreClient;
  mailbox: Mailbox;
  /** SHA-256 of the messages that have arrived at the sending server and not been checked yet. */
  arrived: Set<string>;
  port(relay: string): number;
  snapshot(): Promise<Snapshot>;
}

/** Messages in the mailbox, and the bytes of each. */
export const messages = 50;
export const messageBytes = 40_000;

/** A small heap: otherwise the collector leaves garbage for minutes, which looks like growth. */
const smallHeap = ['--max-old-space-size=40', '--max-semi-space-size=2'];

/**
 * Starts Dovecot, a sending server, servers that must be refused or asked about, and the built product.
 *
 * @param hears called with every event of the product
 */
export async function prepare(directory: string, hears: (event: PosternEvent) => void): Promise<Ground> {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  const files = writeFiles(directory, identity);
  const mailbox = await startMailbox(directory, files, messages, messageBytes);
  if (!mailbox) throw new Error('The soak fetches from Dovecot, which is not installed: sudo scripts/install-peers');
  const arrived = new Set<string>();
  const ports: Record<string, number> = {
    fetch: mailbox.imaps,
    send: await startSendingServer(identity, arrived),
    plaintext: await startPlaintextServer('+OK in plaintext\r\n', () => '+OK\r\n'),
    'no-starttls': await startPlaintextServer('220 hello\r\n', (line) =>
      /^EHLO/.test(line) ? '250 me\r\n' : '502 no\r\n',
    ),
    dead: await freePort(),
    answered: await startStranger(),
    ignored: await startStranger(),
  };
  const protocols: Record<string, 'imap' | 'smtp' | 'pop3'> = { fetch: 'imap', send: 'smtp', 'no-starttls': 'smtp' };
  const configuration: ConfigurationInput = {
    version: 1,
    // One account each: a decision applies to one account.
    accounts: Object.entries(ports).map(([name, port]) => ({
      name,
      relays: [
        {
          name,
          protocol: protocols[name] ?? 'pop3',
          tls: name === 'no-starttls' ? 'starttls' : 'implicit',
          server: 'localhost',
          address: '127.0.0.1',
          port,
          listen: '127.0.0.1:0',
        },
      ],
    })),
    certificateAuthorities: [files.root],
    // The soak looks for growth: an overloaded machine may be slow.
    settings: { certificateDecisionSeconds: 2, connectTimeoutSeconds: 60 },
  };
  const data = join(directory, 'postern');
  const { child, ports: listening } = await runCore(data, configuration, { flags: smallHeap, hears });
  const core = await connectCore(data);
  return {
    child,
    pid: core.pid,
    core,
    mailbox,
    arrived,
    port(relay) {
      const port = listening.get(relay);
      if (port === undefined) throw new Error(`${relay} does not listen`);
      return port;
    },
    snapshot: () =>
      new Promise((resolve, reject) => {
        const end = core.subscribe((message) => {
          if (message.kind === 'snapshot') resolve(message.snapshot);
          if (message.kind === 'core') reject(new Error('Postern has gone'));
          setImmediate(() => end());
        });
      }),
  };
}

async function listens(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function startSendingServer({ chainPem, keyPem }: Identity, arrived: Set<string>): Promise<number> {
  const server = new SMTPServer({
    secure: true,
    cert: chainPem,
    key: keyPem,
    disableReverseLookup: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
    onData(stream, _session, done) {
      const hash = createHash('sha256');
      stream.on('data', (chunk: Buffer) => hash.update(chunk));
      stream.once('end', () => {
        arrived.add(hash.digest('hex'));
        done();
      });
    },
  });
  // Mail programs that reset are part of the soak.
  server.on('error', () => {});
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

function startPlaintextServer(greeting: string, answer: (line: string) => string): Promise<number> {
  return listens(
    net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => socket.write(answer(chunk.toString('latin1'))));
      socket.write(greeting);
    }),
  );
}

/** POP3 with unknown certificates: a different one for each connection, out of eight. */
function startStranger(): Promise<number> {
  const contexts = Array.from({ length: 8 }, () => {
    const { chainPem, keyPem } = selfSigned({ names: ['localhost'] });
    return tls.createSecureContext({ cert: chainPem, key: keyPem });
  });
  let turn = 0;
  const server = tls.createServer(
    {
      SNICallback(_name, done) {
        turn += 1;
        done(null, contexts[turn % contexts.length]);
      },
    },
    (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => socket.end('+OK good bye\r\n'));
      socket.write('+OK a stranger\r\n');
    },
  );
  server.on('tlsClientError', () => {});
  return listens(server);
}
