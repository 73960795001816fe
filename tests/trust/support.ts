import { EventEmitter, once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { UntimedEvent } from '../../proxy/contract/index.ts';
import { createStateStore, type StateStore } from '../../proxy/state/store.ts';
import { createLiveGrounds, type LiveGrounds } from '../../proxy/trust/decisions/live-grounds.ts';
import { createTrustDesk, type TrustDesk, type TrustDeskOptions } from '../../proxy/trust/decisions/trust-desk.ts';
import { openTrustStore, type TrustStore } from '../../proxy/trust/decisions/trust-store.ts';
import { type Judgement, judge } from '../../proxy/trust/judging/judge.ts';
import { createRoots } from '../../proxy/trust/judging/roots.ts';
import { createTlsContexts, secureUpstream, type VerifiedSocket } from '../../proxy/trust/tls/secure-upstream.ts';
import { createAuthority, type Identity } from '../support/pki.ts';
import { noneBuiltIn, trusting } from '../support/roots.ts';

/** The authority that is trusted in these tests unless they say otherwise. */
export const authority = createAuthority({ cn: 'Trusted Test Root' });

/** A trust desk with a data directory of its own, and everything that it reports. */
export interface TestDesk {
  directory: string;
  desk: TrustDesk;
  store: TrustStore;
  state: StateStore;
  events: UntimedEvent[];
  grounds: LiveGrounds;
}

export async function openDesk(
  options: { directory?: string; limits?: TrustDeskOptions['limits']; now?: () => Date } = {},
): Promise<TestDesk> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'postern-trust-')));
  const startedAt = new Date().toISOString();
  const state = createStateStore({ version: '0', startedAt, paused: false, questionsDropped: 0, warnings: [] });
  const store = await openTrustStore(directory, state);
  onTestFinished(() => store.close());
  const events: UntimedEvent[] = [];
  const { limits, now = () => new Date() } = options;
  const grounds = createLiveGrounds();
  const desk = createTrustDesk({
    store,
    state,
    emit: (event) => events.push(event),
    now,
    grounds,
    ...(limits ? { limits } : {}),
  });
  return { directory, desk, store, state, events, grounds };
}

export interface TestServer {
  port: number;
  /** Bytes of decrypted application data that the server has received. */
  received(): number;
  /** The first `count` connections whose handshake the server has finished too; TLS 1.3 servers finish last. */
  accepted(count: number): Promise<tls.TLSSocket[]>;
}

/** A TLS server on port 0 with this identity. Its own policy is as lax as OpenSSL allows, so that only ours matters. */
export async function serve(
  identity: Pick<Identity, 'chainPem' | 'keyPem'>,
  options: tls.TlsOptions & { greet?: string } = {},
  onServer: (server: tls.Server) => void = () => {},
): Promise<TestServer> {
  let received = 0;
  const sockets: tls.TLSSocket[] = [];
  const arrivals = new EventEmitter();
  const server = tls.createServer(
    {
      cert: identity.chainPem,
      key: identity.keyPem,
      ciphers: 'ALL:eNULL:@SECLEVEL=0',
      minVersion: 'TLSv1',
      ...options,
    },
    (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received += chunk.length;
      });
      if (options.greet) socket.write(options.greet);
      arrivals.emit('socket');
    },
  );
  server.on('tlsClientError', () => {});
  onServer(server);
  const accepted = async (count: number) => {
    while (sockets.length < count) await once(arrivals, 'socket');
    return sockets.slice(0, count);
  };
  return { port: await listen(server), received: () => received, accepted };
}

/** A TCP server on port 0 that passes each connection to the test. */
export async function serveTcp(onConnection: (socket: net.Socket) => void): Promise<{ port: number }> {
  return {
    port: await listen(
      net.createServer((socket) => {
        socket.on('error', () => {});
        onConnection(socket);
      }),
    ),
  };
}

async function listen(server: net.Server): Promise<number> {
  const open = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export interface ConnectOptions {
  server?: string;
  /** PEM texts of the trusted authorities. */
  trusted?: string[];
  clientCertificate?: { certificate: string; key: string };
  desk?: TrustDesk;
  signal?: AbortSignal;
  account?: string;
  relay?: string;
  /** Applies the rules for public authorities to them. */
  asPublic?: boolean;
}

/** Connects to 127.0.0.1 along the product's own path. */
export async function connect(server: { port: number }, options: ConnectOptions = {}): Promise<VerifiedSocket> {
  return secure(await reach(server.port), { ...options, port: server.port });
}

/** Secures an existing connection. */
export async function secure(
  transport: net.Socket,
  options: ConnectOptions & { port?: number } = {},
): Promise<VerifiedSocket> {
  const { server = 'mail.example.org', trusted = [authority.certPem], account = 'Work', relay = 'work' } = options;
  const { certificateAuthorities, builtIn = noneBuiltIn } = trusting(trusted, options.asPublic);
  const contexts = createTlsContexts({
    authorities: certificateAuthorities,
    clientCertificates: new Map(options.clientCertificate ? [[relay, options.clientCertificate]] : []),
    builtIn,
  });
  const verified = await secureUpstream(
    transport,
    { account, relay, server, port: options.port ?? 993 },
    contexts.of(relay),
    options.desk ?? (await openDesk()).desk,
    options.signal ?? new AbortController().signal,
  );
  onTestFinished(() => {
    verified.socket.destroy();
  });
  return verified;
}

export async function reach(port: number): Promise<net.Socket> {
  const transport = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  transport.on('error', () => {});
  await once(transport, 'connect');
  return transport;
}

/** The reason with which a promise is rejected. Fails if it is not. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  const unexpected = Symbol('no failure');
  const outcome = await promise.then(
    () => unexpected,
    (error: unknown) => error,
  );
  if (outcome === unexpected) throw new Error('expected a refusal, and there was none');
  return outcome;
}

/** The DER inside a PEM text that has one block. */
export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}

/** What our own rules say about a certificate, without a connection. */
export function judged(
  identity: Identity,
  options: {
    server?: string;
    trusted?: Identity[];
    presented?: Identity[];
    now?: number;
    staple?: Uint8Array;
    asPublic?: boolean;
  } = {},
): Judgement {
  const {
    server = 'mail.example.org',
    trusted = [authority],
    now = Date.now(),
    staple = null,
    asPublic = false,
  } = options;
  const presented = options.presented ?? identity.issuers.slice(0, -1);
  return judge(
    { chain: [identity.der, ...presented.map(({ der }) => der)], server, staple, now },
    createRoots(
      trusting(
        trusted.map(({ certPem }) => certPem),
        asPublic,
      ),
    ),
  );
}
