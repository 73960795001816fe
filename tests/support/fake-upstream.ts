import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import type { Protocol, TlsMode } from '../../proxy/contract/index.ts';
import { ByteStream, bytesOf, type Ending } from './byte-stream.ts';
import { atEnd } from './clean-up.ts';
import { imapDialog } from './fake-imap.ts';
import { ldapDialog } from './fake-ldap.ts';
import { nntpDialog } from './fake-nntp.ts';
import { pop3Dialog } from './fake-pop3.ts';
import { smtpDialog } from './fake-smtp.ts';
import type { LineProtocol } from './line-protocols.ts';
import type { Identity } from './pki.ts';

/**
 * What the server says, as exact bytes (a string as Latin-1, with `{tag}` replaced by the command's IMAP tag), or what
 * it does instead of replying: nothing at all, an orderly end (`close_notify` and FIN inside TLS), a FIN without
 * `close_notify`, or a RST.
 */
export type Reply = string | Uint8Array | { instead: 'silence' | 'end' | 'cut' | 'reset' };

/** What it can do: the keywords, from which the protocol's reply is made; or the whole reply. */
export type Capabilities = string[] | Reply;

/** Everything that a scripted server does differently from an honest one. */
export interface FakeUpstreamOptions {
  protocol: LineProtocol;
  tls: TlsMode;
  /** Its certificate, key and chain. */
  identity: Identity;
  /** More options of the TLS server: `minVersion`, `maxVersion`, `ciphers`, `requestCert`, … */
  tlsOptions?: TlsOptions;
  /** Before TLS, in `starttls` mode. */
  plain?: {
    greeting?: Reply;
    capabilities?: Capabilities;
    /** LDAP: the answer to the request for TLS, which has this number. TLS begins when it is a success. */
    startTls?: (id: number) => Reply;
    /** The reply to STARTTLS or STLS. TLS begins when it is a go-ahead and `handshake` is not given. */
    starttls?: Reply;
    /** Bytes in the same segment as the go-ahead. */
    behind?: string | Uint8Array;
    /** Bytes in a segment of their own, after the client's first TLS bytes have arrived. */
    later?: string | Uint8Array;
  };
  /**
   * Done instead of a TLS handshake, after the client's first bytes; or, with `first`, before them, such as a plaintext
   * greeting on a TLS port.
   */
  handshake?: { first?: boolean; reply: Reply };
  /** Inside TLS. */
  inside?: {
    /** In `implicit` mode; IMAP may say PREAUTH. */
    greeting?: Reply;
    capabilities?: Capabilities;
  };
  /** Passwords by user name; `{ user: 'secret' }` by default. */
  users?: Record<string, string>;
  /** Replaces any reply: given the command's line, returns the reply, or undefined to leave it to the script. */
  answer?: (line: string, connection: FakeConnection) => Reply | undefined;
  /** Takes over the connection once the user has signed in. The bytes already received are in `connection.stream`. */
  signedIn?: (connection: FakeConnection) => Promise<void>;
  /** Splits everything it says into segments of at most this many bytes. */
  segment?: number;
  /** The address it listens on; 127.0.0.1 by default. */
  host?: string;
  /** Any free port by default. */
  port?: number;
}

/** The same for a directory: `answer` is given a request's bytes. */
export type FakeDirectoryOptions = Omit<FakeUpstreamOptions, 'protocol'> & { protocol: 'ldap' };

/** One connection to a scripted server, with what it heard. */
export interface FakeConnection {
  options: FakeUpstreamOptions;
  /** How far the conversation has got: commands that arrive in `plain` come before TLS. */
  stage: 'plain' | 'inside';
  /** The socket to use: raw before TLS, TLS from then on. */
  socket: Socket;
  /** The TCP connection, below TLS. */
  raw: Socket;
  stream: ByteStream;
  /** Every byte received in plaintext; TLS records are not among them. */
  plaintext(): Buffer;
  /** Every byte received inside TLS. */
  inside(): Buffer;
  /** True once the TLS handshake is done on this side. */
  secured: boolean;
  /** The name that the client sent in SNI, or null. */
  serverName: string | null;
  /** Whether the client presented a certificate. */
  clientCertificate: boolean;
  /** The user who signed in. */
  user: string | null;
  /** SMTP: the messages that were sent, without the closing dot and with dots unstuffed. */
  messages: Buffer[];
  /** Resolves when the TCP connection ends. */
  ended: Promise<Ending>;
  /** What it did instead of replying; the connection is left in the resulting state. */
  did: 'silence' | 'end' | 'cut' | 'reset' | null;
  /** Says something, or does what the reply names instead. Resolves to false when nothing more can follow. */
  say(reply: Reply, tag?: string): Promise<boolean>;
}

/** A scripted server that listens. */
export interface FakeUpstream {
  /** What it does. Changes apply from the next connection on. */
  options: FakeUpstreamOptions;
  port: number;
  connections: FakeConnection[];
  /** Waits for the connection with this number, from 0. */
  connection(number: number): Promise<FakeConnection>;
  close(): Promise<void>;
}

const dialogs = { smtp: smtpDialog, imap: imapDialog, pop3: pop3Dialog, nntp: nntpDialog, ldap: ldapDialog };

/** Starts a scripted server. It is closed at the end of the test file, or by `close`. */
export async function startFakeUpstream(asked: FakeUpstreamOptions | FakeDirectoryOptions): Promise<FakeUpstream> {
  // Only the dialog looks at the protocol.
  const options = asked as FakeUpstreamOptions;
  const connections: FakeConnection[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const connection = newConnection(socket, options);
    connections.push(connection);
    for (const wake of waiting) wake();
    // For a server, a client that disconnects halfway is nothing unusual.
    tell(connection).then(
      () => letGo(connection),
      () => socket.destroy(),
    );
  });
  server.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  const upstream: FakeUpstream = {
    options,
    port: (server.address() as AddressInfo).port,
    connections,
    async connection(number) {
      for (;;) {
        const connection = connections[number];
        if (connection) return connection;
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  atEnd(() => (server.listening ? upstream.close() : undefined));
  return upstream;
}

/** Plays one connection from beginning to end. */
async function tell(connection: FakeConnection): Promise<void> {
  const { options } = connection;
  const dialog = dialogs[options.protocol as Protocol];
  if (options.tls === 'starttls') {
    if (!(await dialog.plain(connection))) return;
    if (options.plain?.later !== undefined && (await connection.stream.some())) {
      connection.socket.write(bytesOf(options.plain.later));
    }
  }
  if (options.handshake) {
    if (!options.handshake.first) await connection.stream.some();
    await connection.say(options.handshake.reply);
    return;
  }
  if (!(await secure(connection))) return;
  if (options.tls === 'implicit' && !(await connection.say(options.inside?.greeting ?? dialog.greeting))) return;
  await dialog.inside(connection);
  if (connection.did === null) connection.socket.end();
}

/** Whatever the script has left open ends with the client: a half-open connection would otherwise stay for ever. */
async function letGo(connection: FakeConnection): Promise<void> {
  await connection.stream.ended;
  connection.socket.end();
}

/** Starts TLS on the connection. False when the client sends something else, or the handshake fails. */
async function secure(connection: FakeConnection): Promise<boolean> {
  const { options, socket: raw, stream } = connection;
  // 0x16: a TLS record of the handshake type. Anything else is plaintext where none is allowed; it stays on record.
  if (!(await stream.some())) return false;
  const plaintext = stream.received.length;
  const first = stream.detach();
  if (first[0] !== 0x16) {
    const heard = Buffer.concat([stream.received.subarray(0, plaintext - first.length), first]);
    connection.plaintext = () => heard;
    raw.destroy();
    return false;
  }
  const heard = Buffer.from(stream.received);
  connection.plaintext = () => heard;
  raw.unshift(first);
  const { identity } = options;
  const socket = new TLSSocket(raw, {
    isServer: true,
    ...options.tlsOptions,
    secureContext: createSecureContext({
      cert: identity.chainPem,
      key: identity.keyPem,
      ...options.tlsOptions,
    }),
    SNICallback: (name, done) => {
      connection.serverName = name;
      done(null);
    },
  });
  socket.setNoDelay(true);
  connection.socket = socket;
  connection.stream = new ByteStream(socket);
  connection.stage = 'inside';
  connection.inside = () => connection.stream.received;
  const secured = await new Promise<boolean>((resolve) => {
    socket.once('secure', () => resolve(true));
    for (const over of ['end', 'error', 'close']) socket.once(over, () => resolve(false));
  });
  connection.secured = secured;
  if (secured) connection.clientCertificate = Object.keys(socket.getPeerCertificate()).length > 0;
  return secured;
}

function newConnection(socket: Socket, options: FakeUpstreamOptions): FakeConnection {
  const stream = new ByteStream(socket);
  const connection: FakeConnection = {
    options,
    stage: 'plain',
    socket,
    raw: socket,
    stream,
    plaintext: () => (options.tls === 'starttls' ? stream.received : Buffer.alloc(0)),
    inside: () => Buffer.alloc(0),
    secured: false,
    serverName: null,
    clientCertificate: false,
    user: null,
    messages: [],
    ended: new Promise((resolve) => {
      socket.once('end', () => resolve('end'));
      socket.once('close', () => resolve('reset'));
    }),
    did: null,
    async say(reply, tag = '*') {
      if (typeof reply === 'object' && 'instead' in reply) {
        connection.did = reply.instead;
        if (reply.instead === 'end') connection.socket.end();
        // Pending TLS output goes out first: at the end of the handshake that is the last handshake message.
        if (reply.instead === 'cut') setImmediate(() => socket.end());
        if (reply.instead === 'reset') socket.resetAndDestroy();
        return false;
      }
      const bytes = bytesOf(typeof reply === 'string' ? reply.replaceAll('{tag}', tag) : reply);
      const size = options.segment ?? bytes.length;
      for (let at = 0; at < bytes.length; at += size) {
        const { socket } = connection;
        if (socket.destroyed) return false;
        // Each segment leaves before the next is written (noDelay), so the client reads them one by one.
        await new Promise((resolve) => socket.write(bytes.subarray(at, at + size), () => setImmediate(resolve)));
      }
      return true;
    },
  };
  return connection;
}
